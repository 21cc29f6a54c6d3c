//! Files as office tools write them, and settings as compose files and cron write them.

mod accounts;
mod checks;
mod csv;
mod settings;

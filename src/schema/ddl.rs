//! DDL with which a warehouse reads the tables of `export --layout folders`: a folder a table, types and comments from the
//! table of columns.

use crate::schema::column::{Column, ColumnType, Table};

/// Whose DDL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Warehouse {
    /// Its tables are filled by a COPY.
    DuckDb,
    Athena,
    BigQuery,
    Snowflake,
}

impl Warehouse {
    fn type_of(self, column_type: ColumnType) -> &'static str {
        use ColumnType::{Bool, Date, Float64, Int32, Int64, String, TimestampLocal, TimestampUtc};
        match (self, column_type) {
            (Self::DuckDb | Self::Snowflake, String) => "VARCHAR",
            (Self::Athena, String) => "string",
            (Self::BigQuery, String) => "STRING",
            (Self::DuckDb | Self::Snowflake, Bool) => "BOOLEAN",
            (Self::Athena, Bool) => "boolean",
            (Self::BigQuery, Bool) => "BOOL",
            (Self::DuckDb | Self::Snowflake, Int32) => "INTEGER",
            (Self::Athena, Int32) => "int",
            (Self::BigQuery, Int32 | Int64) => "INT64",
            (Self::DuckDb | Self::Snowflake, Int64) => "BIGINT",
            (Self::Athena, Int64) => "bigint",
            (Self::DuckDb | Self::Snowflake, Float64) => "DOUBLE",
            (Self::Athena, Float64) => "double",
            (Self::BigQuery, Float64) => "FLOAT64",
            (Self::DuckDb, TimestampUtc) => "TIMESTAMPTZ",
            (Self::Snowflake, TimestampUtc) => "TIMESTAMP_TZ",
            (Self::BigQuery, TimestampUtc) => "TIMESTAMP",
            (Self::DuckDb, TimestampLocal) => "TIMESTAMP",
            (Self::Snowflake, TimestampLocal) => "TIMESTAMP_NTZ",
            (Self::BigQuery, TimestampLocal) => "DATETIME",
            (Self::Athena, TimestampUtc | TimestampLocal) => "timestamp",
            (Self::Athena, Date) => "date",
            (_, Date) => "DATE",
        }
    }

    fn table(self, table: Table, location: &str) -> String {
        let name = table.name();
        let columns: Vec<String> = table.columns().iter().map(|column| self.column(column)).collect();
        let columns = columns.join(",\n");
        match self {
            Self::DuckDb => {
                let comments = table
                    .columns()
                    .iter()
                    .map(|column| format!("COMMENT ON COLUMN {name}.{} IS '{}';\n", column.name, comment(column)));
                let comments: String = comments.collect();
                format!(
                    "CREATE OR REPLACE TABLE {name} (\n{columns}\n);\n{comments}\
                     COPY {name} FROM '{location}/{name}/*.parquet' (FORMAT parquet);\n"
                )
            }
            Self::Athena => format!(
                "CREATE EXTERNAL TABLE IF NOT EXISTS {name} (\n{columns}\n)\n\
                 STORED AS PARQUET\nLOCATION '{location}/{name}/';\n"
            ),
            Self::BigQuery => format!(
                "CREATE OR REPLACE EXTERNAL TABLE {name} (\n{columns}\n)\n\
                 OPTIONS (format = 'PARQUET', uris = ['{location}/{name}/*.parquet']);\n"
            ),
            Self::Snowflake => format!(
                "CREATE OR REPLACE EXTERNAL TABLE {name} (\n{columns}\n)\n\
                 LOCATION = {location}/{name}/\nFILE_FORMAT = (TYPE = PARQUET USE_LOGICAL_TYPE = TRUE);\n"
            ),
        }
    }

    fn column(self, column: &Column) -> String {
        let (name, column_type) = (column.name, self.type_of(column.column_type));
        let comment = comment(column);
        match self {
            Self::DuckDb => format!("  {name} {column_type}{}", if column.nullable { "" } else { " NOT NULL" }),
            Self::Athena => format!("  {name} {column_type} COMMENT '{comment}'"),
            Self::BigQuery => format!("  {name} {column_type} OPTIONS (description = '{comment}')"),
            Self::Snowflake => format!("  {name} {column_type} AS (value:{name}::{column_type}) COMMENT '{comment}'"),
        }
    }

    /// What stands for the place of the folders, where none is given.
    fn placeholder(self) -> &'static str {
        match self {
            Self::DuckDb => "tables",
            Self::Athena => "s3://bucket/tables",
            Self::BigQuery => "gs://bucket/tables",
            Self::Snowflake => "@stage/tables",
        }
    }
}

/// The meaning of a column with its unit. Warehouses quote in three ways: a comment has nothing to quote.
fn comment(column: &Column) -> String {
    let unit = if column.unit.is_empty() { String::new() } else { format!(" [{}]", column.unit) };
    format!("{}{unit}", column.meaning).replace('\'', "’").replace(['\\', '\n'], " ")
}

/// A statement or more for each table. `location` is where the folders are.
pub(crate) fn ddl(tables: &[Table], warehouse: Warehouse, location: Option<&str>) -> String {
    let location = location.unwrap_or(warehouse.placeholder()).trim_end_matches('/');
    let tables: Vec<String> = tables.iter().map(|table| warehouse.table(*table, location)).collect();
    tables.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_warehouse_has_its_types_and_its_place() {
        let of = |warehouse, location| ddl(&[Table::Profiles], warehouse, location);
        let athena = of(Warehouse::Athena, Some("s3://mine/x/"));
        assert!(athena.starts_with("CREATE EXTERNAL TABLE IF NOT EXISTS profiles (\n  account string COMMENT 'Handle"));
        assert!(athena.contains("  fetched_at timestamp COMMENT 'When the profile was fetched [UTC]',\n"));
        assert!(athena.ends_with(")\nSTORED AS PARQUET\nLOCATION 's3://mine/x/profiles/';\n"));
        let bigquery = of(Warehouse::BigQuery, None);
        assert!(bigquery.contains("  is_private BOOL OPTIONS (description = 'Whether the account is private'),\n"));
        assert!(bigquery.contains("uris = ['gs://bucket/tables/profiles/*.parquet']"));
        let snowflake = of(Warehouse::Snowflake, None);
        assert!(snowflake.contains("  followers BIGINT AS (value:followers::BIGINT) COMMENT 'Followers [count]',\n"));
        assert!(snowflake.contains("LOCATION = @stage/tables/profiles/\n"));
        let duckdb = of(Warehouse::DuckDb, Some("tables"));
        assert!(
            duckdb.contains("  fetched_at TIMESTAMPTZ NOT NULL,\n  fetched_date DATE NOT NULL,\n  user_id VARCHAR,\n")
        );
        assert!(duckdb.contains("COMMENT ON COLUMN profiles.followers IS 'Followers [count]';\n"));
        assert!(duckdb.ends_with("COPY profiles FROM 'tables/profiles/*.parquet' (FORMAT parquet);\n"));
    }

    #[test]
    fn no_comment_ends_its_own_quotes() {
        for warehouse in [Warehouse::DuckDb, Warehouse::Athena, Warehouse::BigQuery, Warehouse::Snowflake] {
            let text = ddl(&Table::ALL, warehouse, None);
            assert!(text.lines().all(|line| line.matches('\'').count() % 2 == 0), "{warehouse:?}");
        }
    }
}

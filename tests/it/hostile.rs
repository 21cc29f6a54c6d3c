//! Replays of what others made: files that unpack to anything, and what only looks like a file.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use testkit::tables::column;

use crate::harness::Reelframe;
use crate::history::day;

/// A sparse file of this many zeros.
fn zeros(path: &Path, bytes: u64) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    File::create(path).unwrap().set_len(bytes).unwrap();
}

/// zstd of this text, followed by this many zeros.
fn packed(text: &str, zeros: u64) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.write_all(text.as_bytes()).unwrap();
    std::io::copy(&mut std::io::repeat(0).take(zeros), &mut encoder).unwrap();
    encoder.finish().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "slow"]
fn slow_files_that_unpack_to_anything_are_named_in_bounded_memory() {
    unpack_to(600, 300);
}

/// Files that unpack to this many megabytes, read in at most this many MiB.
#[cfg(target_os = "linux")]
fn unpack_to(megabytes: u64, most_mib: u64) {
    const MB: u64 = 1_000_000;
    let log = day(1).remove(0).1;
    let start = log.lines().next().unwrap();
    let command = Reelframe::new()
        .file("in/willow.ndjson", day(1).remove(1).1)
        .file("in/line/a.ndjson.zst", packed("", megabytes * MB))
        .file("in/page/b.json.zst", packed("{\"items\":[", megabytes * MB))
        .file("in/log/c.ndjson.zst", [packed(&format!("{start}\n"), 0), packed("", megabytes * MB)].concat())
        .file("in/lines/e.ndjson.zst", {
            let lines = "{}\n".repeat(1000);
            let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
            (0..30).for_each(|_| encoder.write_all(lines.as_bytes()).unwrap());
            encoder.finish().unwrap()
        });
    zeros(&command.dir().join("in/plain/d.ndjson"), megabytes * MB);
    zeros(&command.dir().join("in/whole/f.json"), megabytes * MB);
    fs::create_dir_all(command.dir().join("in/gzip")).unwrap();
    let gzip = "head -c 80000000 /dev/zero | gzip -1 > in/gzip/g.ndjson.gz";
    assert!(Command::new("sh").args(["-c", gzip]).current_dir(command.dir()).status().unwrap().success());
    let mut command = command.args(["run", "--replay", "in"]).status(3);
    for file in ["a.ndjson.zst", "b.json.zst", "c.ndjson.zst", "d.ndjson", "f.json", "g.ndjson.gz"] {
        command = command.stderr_has(file);
    }
    let (output, peak_kib) = command
        .stderr_has("longer than 65 MiB")
        .stderr_has("10000 more of its lines; what follows them is not read")
        .spawn()
        .wait_with_peak_kib();
    assert_eq!(column(&output.table("accounts"), "account"), ["willow"]);
    assert!(peak_kib < most_mib * 1024, "{peak_kib} KiB");
}

#[test]
fn what_only_looks_like_a_file_is_named_and_never_waited_for() {
    let command = Reelframe::new().file("in/willow.ndjson", day(1).remove(1).1);
    let dir = command.dir().to_owned();
    let path = |name: &str| dir.join("in").join(name);
    assert!(Command::new("mkfifo").arg(path("pipe.ndjson")).status().unwrap().success());
    let _socket = UnixListener::bind(path("socket.json")).unwrap();
    for (link, target) in [("device.ndjson", "/dev/zero"), ("none.json", "nowhere"), ("round.json", "round.json")] {
        symlink(target, path(link)).unwrap();
    }
    fs::create_dir_all(path("deep/deeper")).unwrap();
    for (link, target) in [("deep/up", ".."), ("deep/deeper/up", "../.."), ("deep/deeper/self", ".")] {
        symlink(target, path(link)).unwrap();
    }
    let mut command = command.args(["run", "--replay", "in"]).status(3);
    for what in [
        "pipe.ndjson is a pipe, not a file",
        "socket.json is a socket, not a file",
        "device.ndjson is a device, not a file",
        "none.json",
        "round.json",
        "in/deep/up: a link back to a folder",
        "in/deep/deeper/self: a link back to a folder",
    ] {
        command = command.stderr_has(what);
    }
    let output = command.run();
    assert_eq!(column(&output.table("accounts"), "account"), ["willow"]);
    output.then().args(["run", "maple", "--replay", "in/pipe.ndjson"]).status(2).stderr_has("is a pipe").run();
    // In a store it fails its account alone.
    assert!(
        Command::new("mkfifo").arg(dir.join("reels/raw/willow/20260309T060000000Z.ndjson")).status().unwrap().success()
    );
    output.then().arg("rebuild").status(3).stderr_has("20260309T060000000Z.ndjson is a pipe").run();
    assert_eq!(output.table("reels").len(), 4);
    output.then().arg("verify").status(4).stderr_has("is a pipe").run();
}

#[test]
fn a_pipe_is_waited_for_nowhere() {
    let pages = ["run", "--replay", "in"];
    let output = Reelframe::new().file("in/willow.ndjson", day(1).remove(1).1).args(pages).run();
    let make_pipe = |path: &Path| {
        let _ = fs::remove_file(path);
        assert!(Command::new("mkfifo").args(["-m", "600"]).arg(path).status().unwrap().success());
    };
    make_pipe(&output.path("pipe"));
    symlink("round", output.path("round")).unwrap();
    for (args, status) in [
        (&["run", "--replay", "in", "--accounts", "pipe"][..], 2),
        (&["run", "--replay", "in", "--config", "pipe"], 2),
        (&["run", "willow", "--api-key-file", "pipe"], 6),
    ] {
        output.then().args(args.iter().copied()).status(status).stderr_has("pipe: it is a pipe, not a file").run();
    }
    output.then().args(["run", "--replay", "round"]).status(2).stderr_has("--replay round").run();
    let run = fs::read_link(output.path("reels/latest")).unwrap();
    for name in ["latest.json", &format!("{}/manifest.json", run.display()), &format!("{}/_SUCCESS", run.display())] {
        let path = output.path("reels").join(name);
        let bytes = fs::read(&path).unwrap();
        make_pipe(&path);
        for command in [&["rebuild"][..], &pages] {
            let refused = output.then().args(command.iter().copied()).status(9);
            refused.stderr_has(&format!("{name}: it is a pipe, not a file")).run();
        }
        if name != "latest.json" {
            output.then().arg("status").status(9).stderr_has("it is a pipe").run();
        }
        fs::remove_file(&path).unwrap();
        fs::write(&path, bytes).unwrap();
    }
    output.then().arg("verify").stdout_has("0 differences").run();
}

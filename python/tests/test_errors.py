"""What goes wrong is an exception that says what to do."""

import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import threading

import pyarrow
import pytest

import reelframe


def test_a_store_without_a_run(tmp_path):
    with pytest.raises(reelframe.UsageError) as raised:
        reelframe.read("reels", tmp_path / "nowhere")
    assert raised.value.exit_code == 2 and "reelframe run" in raised.value.hint
    assert str(raised.value).endswith(f"hint: {raised.value.hint}")


def test_names_that_do_not_exist(store):
    with pytest.raises(ValueError, match='there is no table "reel": the tables are reels, observations'):
        reelframe.read("reel", store)
    with pytest.raises(reelframe.UsageError, match="reels has no column plays") as raised:
        reelframe.read("reels", store, columns=["plays"])
    assert "reelframe schema" in raised.value.hint
    with pytest.raises(reelframe.UsageError, match="no account nobody") as raised:
        reelframe.read("reels", store, accounts=["nobody"])
    assert "harbor.bakery.example" in raised.value.hint
    with pytest.raises(TypeError, match=r"columns is a list of names: \['views'\]"):
        reelframe.read("reels", store, columns="views")
    with pytest.raises(reelframe.UsageError, match="'best_time' is not a built-in query") as raised:
        reelframe.query("best_time", store)
    assert raised.value.hint == "did you mean `best_times`?"
    with pytest.raises(reelframe.UsageError):
        reelframe.query("DELETE FROM reels", store)


def broken_parquet(store):
    path = (store / "latest" / "reels.parquet").resolve()
    path.write_bytes(path.read_bytes()[:1000])


def broken_within(store):
    path = (store / "latest" / "reels.parquet").resolve()
    data = bytearray(path.read_bytes())
    data[200 : len(data) // 2] = bytes(len(data) // 2 - 200)
    path.write_bytes(data)


def broken_manifest(store):
    (store / "latest" / "manifest.json").resolve().write_text("{")


def missing_table(store):
    (store / "latest" / "reels.parquet").resolve().unlink()


@pytest.mark.parametrize("broken", [broken_parquet, broken_within, broken_manifest, missing_table])
def test_a_broken_store_is_an_exception(own_store, broken):
    broken(own_store)
    with pytest.raises((reelframe.InvalidDataError, reelframe.DiskError, reelframe.UsageError)) as raised:
        reelframe.query("SELECT MAX(reel_key) AS key, MAX(caption) AS caption FROM reels", own_store)
    assert str(own_store) in str(raised.value)
    with pytest.raises((reelframe.Error, pyarrow.ArrowException, OSError, RuntimeError), match="reels"):
        pyarrow.table(reelframe.read("reels", own_store))


def test_exit_codes_are_exceptions_with_what_the_program_said(tmp_path):
    arguments = ["run", "some_account", "--store", str(tmp_path / "reels")]
    env = {name: value for name, value in os.environ.items() if name != "AISA_API_KEY"}
    with pytest.raises(reelframe.AuthError, match="AISA_API_KEY is not set") as raised:
        reelframe.run(arguments, env=env)
    assert raised.value.result.exit_code == raised.value.exit_code == 6
    assert raised.value.result.summary.command == "run"
    unchecked = reelframe.run(arguments, env=env, check=False)
    assert (unchecked.exit_code, unchecked.ok) == (6, False) and unchecked.stderr
    with pytest.raises(reelframe.UsageError, match="--nonsense"):
        reelframe.run(["run", "--nonsense"])
    with pytest.raises(TypeError, match="arguments is a list"):
        reelframe.run("run some_account")
    with pytest.raises(ValueError, match="a stream of bytes is no text"):
        reelframe.run(["export", "--table", "reels", "--stdout", "arrow"])


def test_a_command_that_prints_data_has_its_summary_and_its_error_too(store):
    answer = reelframe.run(["query", "SELECT COUNT(*) AS n FROM reels", "--format", "csv", "--store", store])
    assert (answer.stdout, answer.summary.command) == ("n\n201\n", "query")
    with pytest.raises(reelframe.UsageError, match="nope") as raised:
        reelframe.run(["query", "SELECT nope FROM reels", "--store", store])
    assert not str(raised.value).startswith("{")


CRAWL = """
import reelframe, sys
try:
    reelframe.run(["run", "ana", "--base-url", sys.argv[1], "--store", sys.argv[2]])
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_one_ctrl_c_in_a_terminal_publishes_what_was_fetched(tmp_path):
    asked_for_more, released = threading.Event(), threading.Event()

    class Api(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            is_first = "max_id=" not in self.path
            if not is_first:
                asked_for_more.set()
                released.wait(60)
            user = {"pk": "5", "username": "ana"}
            reel = {"pk": "1" if is_first else "2", "code": "C", "taken_at": 1_700_000_000, "user": user, "play_count": 9}
            paging = {"more_available": is_first, "max_id": "next" if is_first else None}
            body = json.dumps({"items": [{"media": reel}], "paging_info": paging}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    store = tmp_path / "reels"
    script = [sys.executable, "-c", CRAWL, f"http://127.0.0.1:{server.server_port}", str(store)]
    env = {**os.environ, "AISA_API_KEY": "no-real-key-for-a-local-server"}
    child = subprocess.Popen(script, stdout=subprocess.PIPE, text=True, env=env, start_new_session=True)
    assert asked_for_more.wait(60)
    # A terminal sends it to all processes of the group.
    os.killpg(child.pid, signal.SIGINT)
    released.set()
    said, _ = child.communicate(timeout=60)
    server.shutdown()
    assert said == "interrupted\n"
    assert reelframe.read("reels", store).to_polars()["reel_id"].to_list() in (["1"], ["1", "2"], ["2", "1"])


def test_many_threads_may_run_the_program_at_once(store):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        results = pool.map(lambda _: reelframe.run(["status", "--store", store]), range(4))
        assert [result.exit_code for result in results] == [0] * 4


def test_a_summary_has_what_the_run_did(store):
    again = reelframe.run(["run", "--replay", "sample_data", "--store", str(store), "--skip-code"])
    assert (again.exit_code, again.ok, again.summary.was_published) == (99, True, True)
    assert [account["reels"] for account in again.summary.accounts] == [66, 68, 67]
    assert (again.summary.rows, again.summary.calls, again.summary.run_id) == (201, 0, reelframe.open(store).run_id)


def test_the_program_is_on_the_path_and_is_this_version():
    assert shutil.which("reelframe", path=os.path.dirname(reelframe.program())) == reelframe.program()
    said = subprocess.run([reelframe.program(), "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert said == f"reelframe {reelframe.__version__}\n"


FORKED = """
import multiprocessing, sys
import reelframe
store = sys.argv[1]
reelframe.{first}
def child(say):
    said = []
    for call in (
        lambda: reelframe.read("reels", store),
        lambda: reelframe.query("SELECT COUNT(*) AS n FROM reels", store),
        lambda: reelframe.open(store),
        lambda: table.to_arrow(),
        lambda: table._repr_html_(),
    ):
        try:
            call()
            said.append("nothing raised")
        except RuntimeError as error:
            said.append(str(error))
    say.put(said)
table = reelframe.read("reels", store)
fork = multiprocessing.get_context("fork")
say = fork.Queue()
process = fork.Process(target=child, args=(say,))
process.start()
print("\\n".join(say.get(timeout=60)))
process.join(60)
sys.exit(process.exitcode)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks by default")
@pytest.mark.parametrize("first", ['read("reels", store)', 'query("SELECT COUNT(*) AS n FROM reels", store)'])
def test_a_forked_child_gets_an_error_that_names_spawn(store, first):
    forked = [sys.executable, "-c", FORKED.replace("{first}", first), str(store)]
    said = subprocess.run(forked, stdout=subprocess.PIPE, text=True, check=True, timeout=120).stdout.splitlines()
    assert len(said) == 5 and all('get_context("spawn")' in line for line in said), said


def spawned(store):
    return reelframe.query("SELECT COUNT(*) AS n FROM reels", store).to_polars().item()


def test_a_spawned_process_works(store):
    import multiprocessing

    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(spawned, [str(store)]) == [201]


class Alarm(Exception):
    pass


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs an interval timer")
def test_a_signal_ends_a_long_query(store):
    def ring(*_):
        raise Alarm

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(Alarm):
            # Millions of rows: whoever waited for them would fail here.
            reelframe.query(
                "SELECT COUNT(*) AS n FROM hashtags AS a CROSS JOIN hashtags AS b CROSS JOIN accounts AS c "
                "WHERE a.hashtag || b.hashtag || c.account LIKE '%x%y%z%'",
                store,
            )
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

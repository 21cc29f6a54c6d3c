"""The peers: each reads the pages of all accounts and writes one Parquet file of reels, zstd, the way its users would.

All take every column that they can name directly in the shape at hand, and the few that are worked out of these: views,
hidden likes and the engagement rate. What each does less or more than reelframe is said in BENCHMARKS.md.
"""

from pathlib import Path

# Output column: (path inside the reel, type); a number in a path is a place in a list.
FLAT = {
    "media_id": ("id", "text"),
    "shortcode": ("code", "text"),
    "taken_at": ("taken_at", "int"),
    "owner_id": ("user.pk", "text"),
    "owner_username": ("user.username", "text"),
    "owner_full_name": ("user.full_name", "text"),
    "owner_is_verified": ("user.is_verified", "bool"),
    "owner_is_private": ("user.is_private", "bool"),
    "owner_account_type": ("user.account_type", "int"),
    "play_count": ("play_count", "int"),
    "ig_play_count": ("ig_play_count", "int"),
    "raw_like_count": ("like_count", "int"),
    "comment_count": ("comment_count", "int"),
    "caption": ("caption.text", "text"),
    "raw_duration": ("image_versions2.scrubber_spritesheet_info_candidates.default.video_length", "float"),
    "width": ("image_versions2.candidates.0.width", "int"),
    "height": ("image_versions2.candidates.0.height", "int"),
    "cover_url": ("image_versions2.candidates.0.url", "text"),
}
WRAPPED = FLAT | {
    "raw_duration": ("video_duration", "float"),
    "fb_play_count": ("fb_play_count", "int"),
    "likes_hidden": ("like_and_view_counts_disabled", "bool"),
    "reshare_count": ("reshare_count", "int"),
    "repost_count": ("media_repost_count", "int"),
    "is_paid_partnership": ("is_paid_partnership", "bool"),
    "product_type": ("product_type", "text"),
    "media_type": ("media_type", "int"),
    "has_audio": ("has_audio", "bool"),
    "audio_type": ("clips_metadata.audio_type", "text"),
    "track_id": ("clips_metadata.music_info.music_asset_info.audio_asset_id", "text"),
    "track_title": ("clips_metadata.music_info.music_asset_info.title", "text"),
    "track_artist": ("clips_metadata.music_info.music_asset_info.display_artist", "text"),
    "sound_id": ("clips_metadata.original_sound_info.audio_asset_id", "text"),
    "sound_title": ("clips_metadata.original_sound_info.original_audio_title", "text"),
    "sound_artist": ("clips_metadata.original_sound_info.ig_artist.username", "text"),
    "location_name": ("location.name", "text"),
    "location_lat": ("location.lat", "float"),
    "location_lng": ("location.lng", "float"),
    "width": ("video_versions.1.width", "int"),
    "height": ("video_versions.1.height", "int"),
    "video_url": ("video_versions.1.url", "text"),
}
COLUMNS = {"flat": FLAT, "wrapped": WRAPPED}


def tree(shape):
    """The paths as nested dicts; a list is a dict under "[]"."""
    root = {}
    for path, kind in COLUMNS[shape].values():
        node = root
        *inner, last = path.split(".")
        for step in inner:
            node = node.setdefault("[]" if step.isdigit() else step, {})
        node[last] = kind
    return root


def duckdb(pages: Path, shape: str, out: Path):
    import duckdb

    types = {"text": "VARCHAR", "int": "BIGINT", "float": "DOUBLE", "bool": "BOOLEAN"}

    def struct(node):
        if isinstance(node, str):
            return types[node]
        if "[]" in node:
            return struct(node["[]"]) + "[]"
        return "STRUCT(" + ", ".join(f'"{name}" {struct(inner)}' for name, inner in node.items()) + ")"

    def reach(path):
        steps = [f"[{int(step) + 1}]" if step.isdigit() else f'."{step}"' for step in path.split(".")]
        return "reel" + "".join(steps)

    item = struct(tree(shape))
    unwrapped = "unnest(items)"
    if shape == "wrapped":
        item, unwrapped = f"STRUCT(media {item})", "unnest(items).media"
    columns = ", ".join(f"{reach(path)} AS {name}" for name, (path, _) in COLUMNS[shape].items())
    has = COLUMNS[shape].keys()
    hidden = "raw_like_count < 0 OR coalesce(likes_hidden, false)" if "likes_hidden" in has else "raw_like_count < 0"
    views = "coalesce(ig_play_count, play_count)"
    if "fb_play_count" in has:
        less_facebook = "CASE WHEN fb_play_count <= play_count THEN play_count - fb_play_count END"
        views = f"coalesce(ig_play_count, {less_facebook}, play_count)"
    database = duckdb.connect()
    # The rows may come in any order, as they may for reelframe's readers: this lets DuckDB write while it reads.
    database.execute("SET preserve_insertion_order = false")
    database.execute(
        f"""
        COPY (
            WITH items AS (
                SELECT parse_path(filename)[-2] AS account, {unwrapped} AS reel
                FROM read_ndjson('{pages}/*/*.ndjson', columns = {{items: '{item}[]'}}, filename = true)
            ), named AS (
                SELECT account, {columns} FROM items
            ), counted AS (
                SELECT *, {views} AS views, CASE WHEN NOT ({hidden}) THEN raw_like_count END AS like_count FROM named
            )
            SELECT * EXCLUDE (taken_at, raw_duration, raw_like_count),
                split_part(media_id, '_', 1) AS reel_id,
                make_timestamptz(taken_at * 1000000) AS posted_at,
                round(raw_duration, 3) AS duration_s,
                like_count + comment_count AS engagement_count,
                (like_count + comment_count) / nullif(views, 0) AS engagement_rate
            FROM counted
        ) TO '{out}' (FORMAT parquet, COMPRESSION zstd)
        """
    )


def polars(pages: Path, shape: str, out: Path):
    import polars as pl

    types = {"text": pl.String, "int": pl.Int64, "float": pl.Float64, "bool": pl.Boolean}

    def struct(node):
        if isinstance(node, str):
            return types[node]
        if "[]" in node:
            return pl.List(struct(node["[]"]))
        return pl.Struct({name: struct(inner) for name, inner in node.items()})

    def reach(path):
        expression = pl.col("items")
        for step in path.split("."):
            if step.isdigit():
                expression = expression.list.get(int(step), null_on_oob=True)
            else:
                expression = expression.struct.field(step)
        return expression

    item = struct(tree(shape))
    if shape == "wrapped":
        item = pl.Struct({"media": item})
    items = pl.scan_ndjson(
        sorted(pages.glob("*/*.ndjson")), schema={"items": pl.List(item)}, include_file_paths="path"
    ).explode("items")
    if shape == "wrapped":
        items = items.with_columns(pl.col("items").struct.field("media").alias("items"))
    named = items.select(
        pl.col("path").str.extract(r"([^/\\]+)[/\\][^/\\]+$").alias("account"),
        *(reach(path).alias(name) for name, (path, _) in COLUMNS[shape].items()),
    )
    has = COLUMNS[shape].keys()
    play, likes = pl.col("play_count"), pl.col("raw_like_count")
    views, hidden = [pl.col("ig_play_count"), play], likes < 0
    if "fb_play_count" in has:
        facebook = pl.col("fb_play_count")
        views.insert(1, pl.when(facebook <= play).then(play - facebook))
    if "likes_hidden" in has:
        hidden = hidden | pl.col("likes_hidden").fill_null(False)
    engaged = pl.col("like_count") + pl.col("comment_count")
    micros = pl.col("taken_at") * 1_000_000
    (
        named.with_columns(pl.coalesce(views).alias("views"), pl.when(~hidden).then(likes).alias("like_count"))
        .with_columns(
            pl.col("media_id").str.split("_").list.first().alias("reel_id"),
            pl.from_epoch(micros, time_unit="us").dt.replace_time_zone("UTC").alias("posted_at"),
            pl.col("raw_duration").round(3).alias("duration_s"),
            engaged.alias("engagement_count"),
            pl.when(pl.col("views") > 0).then(engaged / pl.col("views")).alias("engagement_rate"),
        )
        .drop("taken_at", "raw_duration", "raw_like_count")
        .sink_parquet(out, compression="zstd", maintain_order=False)
    )


def pandas(pages: Path, shape: str, out: Path):
    import orjson
    import pandas as pd

    columns = COLUMNS[shape]
    paths = [[int(step) if step.isdigit() else step for step in path.split(".")] for path, _ in columns.values()]

    def reach(value, path):
        try:
            for step in path:
                value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
        return value

    accounts, found = [], [[] for _ in columns]
    for file in sorted(pages.glob("*/*.ndjson")):
        with open(file, "rb") as lines:
            for line in lines:
                for item in orjson.loads(line)["items"]:
                    reel = item["media"] if shape == "wrapped" else item
                    accounts.append(file.parent.name)
                    for path, values in zip(paths, found):
                        values.append(reach(reel, path))
    types = {"text": "string", "int": "Int64", "float": "Float64", "bool": "boolean"}
    frame = pd.DataFrame(
        {name: pd.array(values, dtype=types[kind]) for (name, (_, kind)), values in zip(columns.items(), found)}
    )
    frame.insert(0, "account", pd.array(accounts, dtype="string"))
    views, likes = frame["ig_play_count"], frame["raw_like_count"]
    if "fb_play_count" in frame:
        less_facebook = frame["play_count"] - frame["fb_play_count"]
        views = views.fillna(less_facebook.where(less_facebook >= 0))
    frame["views"] = views.fillna(frame["play_count"])
    hidden = likes < 0
    if "likes_hidden" in frame:
        hidden = hidden | frame["likes_hidden"].fillna(False)
    frame["like_count"] = likes.mask(hidden)
    frame["reel_id"] = frame["media_id"].str.split("_", n=1).str[0]
    frame["posted_at"] = pd.to_datetime(frame["taken_at"], unit="s", utc=True)
    frame["duration_s"] = frame["raw_duration"].round(3)
    frame["engagement_count"] = frame["like_count"] + frame["comment_count"]
    frame["engagement_rate"] = frame["engagement_count"] / frame["views"].mask(frame["views"] == 0)
    frame = frame.drop(columns=["taken_at", "raw_duration", "raw_like_count"])
    frame.to_parquet(out, engine="pyarrow", compression="zstd", index=False)


def dlt(pages: Path, shape: str, out: Path):
    import os

    # Workers for its slowest step, files small enough for both to have some, and no call home.
    os.environ |= {
        "NORMALIZE__WORKERS": str(os.cpu_count()),
        "DATA_WRITER__FILE_MAX_ITEMS": "2000",
        "DATA_WRITER__BUFFER_MAX_ITEMS": "2000",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
    }
    import dlt
    import orjson

    @dlt.resource(name="reels", write_disposition="replace")
    def reels():
        for file in sorted(pages.glob("*/*.ndjson")):
            with open(file, "rb") as lines:
                for line in lines:
                    items = orjson.loads(line)["items"]
                    yield [{"account": file.parent.name, **(item.get("media") or item)} for item in items]

    pipeline = dlt.pipeline(
        "compare",
        pipelines_dir=str(out / "state"),
        destination=dlt.destinations.filesystem(bucket_url=(out / "files").as_uri()),
        dataset_name="reels",
    )
    pipeline.run(reels(), loader_file_format="parquet").raise_on_failed_jobs()


PEERS = {"duckdb": duckdb, "polars": polars, "pandas": pandas, "dlt": dlt}

"""Schema: the tables and views of a statistics store, as SQL that people and programs query."""

VERSION = 1

# Table → the column that says which episode a row is of.
KEY = {"episodes": "id", "agents": "episode_id", "measured": "episode_id", "steps": "episode_id"}
TABLES = {
    # One episode. `policy_uri`: who played, in the order a person gave them, joined by ' + '; who sat where
    # stands in `agents`. `reward`: sum over steps, mean over seats. `settings`: JSON, sorted by key.
    "episodes": """
        id BIGINT, policy_uri VARCHAR, simulation VARCHAR, suite VARCHAR, mission VARCHAR, variants VARCHAR,
        settings VARCHAR, episode_idx BIGINT, seed UBIGINT, map_seed UBIGINT, seats INTEGER, reward DOUBLE,
        length INTEGER, truncated BOOLEAN, created_at TIMESTAMP""",
    # One seat of one episode.
    "agents": "episode_id BIGINT, agent INTEGER, policy VARCHAR, reward DOUBLE, timeouts INTEGER",
    # All statistics of an episode (policy and agent NULL), of a policy's seats (their mean) or of one seat.
    "measured": "episode_id BIGINT, policy VARCHAR, agent INTEGER, names BIGINT, numbers FLOAT[]",
    # Episodes of one game share their names: kept once, by their hash.
    "metric_names": "names BIGINT, position INTEGER, name VARCHAR",
    # One seat at one step, kept only when asked for. `observation`: bytes in C order of `observation_type`,
    # such as uint8[200,3].
    "steps": """
        episode_id BIGINT, agent_id INTEGER, step INTEGER, action INTEGER[], reward REAL, observation BLOB,
        observation_type VARCHAR""",
    "meta": "key VARCHAR, value VARCHAR",
}
VIEWS = {
    # Long form of `measured`: one number a row.
    "metrics": """
        SELECT m.episode_id, m.policy, m.agent, n.name, m.value FROM (
            SELECT episode_id, policy, agent, names, unnest(numbers)::DOUBLE AS value,
                generate_subscripts(numbers, 1) AS position FROM measured
        ) AS m JOIN metric_names AS n ON n.names = m.names AND n.position = m.position""",
    # One policy in one episode: mean reward of its seats, and its share of the win: 1 for the greatest
    # reward, divided among those that tie, NULL where nobody else played.
    "results": """
        SELECT episode_id, policy, seats, reward, timeouts, CASE WHEN count(*) OVER episode > 1 THEN
            CASE WHEN place = 1 THEN 1 / sum((place = 1)::INTEGER) OVER episode ELSE 0 END END AS win
        FROM (
            SELECT episode_id, policy, count(*) AS seats, avg(reward) AS reward,
                sum(timeouts)::BIGINT AS timeouts,
                rank() OVER (PARTITION BY episode_id ORDER BY avg(reward) DESC) AS place
            FROM agents GROUP BY episode_id, policy
        ) WINDOW episode AS (PARTITION BY episode_id)""",
}


def creation() -> str:
    """SQL that makes an empty store."""
    tables = [f"CREATE TABLE {name} ({columns});" for name, columns in TABLES.items()]
    views = [f"CREATE VIEW {name} AS {query};" for name, query in VIEWS.items()]
    meta = f"INSERT INTO meta VALUES ('format', 'coterie statistics'), ('version', '{VERSION}');"
    return "\n".join(["BEGIN;", *tables, *views, meta, "COMMIT;"])

"""Look into a store of episodes: `marimo edit notebooks/analysis.py -- --store train_dir/stats.duckdb`."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="full", app_title="Episodes of a store")


@app.cell
def _():
    from datetime import datetime

    import marimo as mo

    from coterie.evaluation.analysis import analyze
    from coterie.evaluation.samples import metric_names, select
    from coterie.evaluation.scorecard_page import page
    from coterie.evaluation.store import Store
    from coterie.runs import STORE

    return STORE, Store, analyze, datetime, metric_names, mo, page, select


@app.cell
def _(STORE, Store, mo, select):
    # The whole file, read again each time the notebook starts: runs may go on writing it.
    store = Store(mo.cli_args().get("store") or STORE, must_exist=True)
    there = select(store)
    mo.md(
        f"# Episodes of a store\n\n`{store.path}`: **{len(store):,}** episodes of "
        f"{len(there.policies)} policies in {len(there.simulations)} simulations."
    )
    return store, there


@app.cell
def _(metric_names, mo, store, there):
    names = metric_names(store, there.simulations)
    metric = mo.ui.dropdown(names, value="return", label="metric", searchable=True)
    policies = mo.ui.multiselect(there.policies, value=there.policies, label="policies")
    simulations = mo.ui.multiselect(there.simulations, value=there.simulations, label="simulations")
    reference = mo.ui.dropdown(["the best", *there.policies], value="the best", label="compare with")
    mo.hstack([metric, policies, simulations, reference], justify="start", wrap=True)
    return metric, policies, reference, simulations


@app.cell
def _(analyze, datetime, metric, mo, page, policies, reference, select, simulations, store):
    mo.stop(not policies.value or not simulations.value, mo.md("Choose a policy and a simulation."))
    chosen = select(store, policies=policies.value, simulations=simulations.value, metrics=[metric.value])
    cards = analyze(store, chosen, reference=None if reference.value == "the best" else reference.value)
    mo.iframe(
        page(cards, store=str(store.path), episodes=len(store), when=f"{datetime.now():%Y-%m-%d %H:%M}"),
        height="1400px",
    )
    return


@app.cell
def _(mo):
    mo.md("""
    ## Ask it yourself

    `episodes`, `agents`, `metrics` and `results` are described in docs/guides/statistics.md.
    """)
    return


@app.cell
def _(mo):
    sql = mo.ui.text_area(
        "SELECT simulation, policy_uri, count(*) AS episodes, avg(reward) AS reward, avg(length) AS length\n"
        "FROM episodes GROUP BY ALL ORDER BY ALL",
        label="SQL",
        full_width=True,
    )
    mo.md(f"{sql}")
    return (sql,)


@app.cell
def _(mo, sql, store):
    found = {name: column.tolist() for name, column in store.query(sql.value).items()}
    mo.ui.table([dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)])
    return


if __name__ == "__main__":
    app.run()

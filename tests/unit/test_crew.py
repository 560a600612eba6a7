"""A crew of threads: results in order, errors raised once all are done, nobody left behind."""

import gc
import threading
import time

import pytest

from coterie.policies.crew import Crew


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("count", [1, 2, 3, 9])
def test_results_come_in_the_order_of_the_parts(threads: int, count: int) -> None:
    crew = Crew(threads)
    for _ in range(20):
        assert crew.map(lambda part: part * part, range(count)) == [part * part for part in range(count)]


def test_parts_are_worked_on_side_by_side() -> None:
    crew = Crew(2)
    meeting = threading.Barrier(2, timeout=30)
    assert sorted(crew.map(lambda _: meeting.wait(), [0, 1])) == [0, 1]


def test_who_finds_the_crew_at_work_does_all_alone() -> None:
    crew, meeting = Crew(2), threading.Barrier(2, timeout=30)

    def outer(_: int) -> list[int]:
        meeting.wait()
        return [threading.get_ident(), *crew.map(lambda _: threading.get_ident(), [0, 1, 2])]

    found = crew.map(outer, [0, 1])
    assert [len(set(one)) for one in found] == [1, 1]
    assert found[0] != found[1]


def test_a_worker_wakes_however_long_it_slept() -> None:
    crew = Crew(2)
    for pause in (0.0, 0.0002, 0.002, 0.05):
        time.sleep(pause)
        assert crew.map(str, [1, 2]) == ["1", "2"]


@pytest.mark.parametrize("bad", [0, 1])
def test_an_error_is_the_caller_s_once_all_are_done(bad: int) -> None:
    crew = Crew(2)
    done = []

    def work(part: int) -> int:
        if part == bad:
            raise KeyError(part)
        time.sleep(0.01)
        done.append(part)
        return part

    for _ in range(3):
        with pytest.raises(KeyError, match=str(bad)):
            crew.map(work, [0, 1])
    assert done == [1 - bad] * 3
    assert crew.map(str, [0, 1]) == ["0", "1"]


def test_workers_leave_with_their_crew() -> None:
    closed, dropped = Crew(3), Crew(2)
    workers = [hand.thread for crew in (closed, dropped) for hand in crew.hands]
    assert len(workers) == 3 and all(worker.is_alive() for worker in workers)
    closed.close()
    del dropped
    gc.collect()
    for worker in workers:
        worker.join(timeout=30)
        assert not worker.is_alive()

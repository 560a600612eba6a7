"""What miners, aligners, scramblers and scouts want next."""

from collections.abc import Iterator

from coterie.policies.scripted.role_machine.board import (
    EXPLORE,
    NEUTRAL,
    NOBODY,
    RETREAT,
    USE,
    WAIT,
    Site,
    apart,
    walk,
)
from coterie.policies.scripted.role_machine.moment import Intent, Moment
from coterie.policies.scripted.role_machine.sight import (
    ALIGNER,
    CARGO,
    ENERGY,
    EXTRACTOR,
    HEART,
    INFLUENCE,
    JUNCTION,
    MINER,
    SCRAMBLER,
    SOLAR,
    STOCK,
    UNKNOWN,
    is_extractor,
)

GEAR_LOAD, BARE_LOAD = 40, 4  # what a Cog can carry with a miner's gear, and without
WAITS: Intent = (WAIT, NOBODY)
EXPLORES: Intent = (EXPLORE, NOBODY)


class Roles(Moment):
    """A moment in which every Cog has a role."""

    def count(self, role: int) -> int:
        return sum(cog.role == role for cog in self.cogs)

    def rebalance(self) -> None:
        """A team without aligners makes a miner its aligner while there are hearts, and the other way round.

        So even one Cog alone plays the whole game.
        """
        lacks_aligner = self.count(ALIGNER) == 0 and self.selves[0].scarcest >= 40
        for me, own in zip(self.cogs, self.selves, strict=True):
            if not me.is_free or not me.is_found:
                continue
            if lacks_aligner and me.role == MINER and own.cargo == 0:
                me.role = ALIGNER
                return
            is_idle = me.role == ALIGNER and own[HEART] == 0 and self.selves[0].scarcest < 10
            if is_idle and self.count(MINER) == 0:
                me.role = MINER

    def wanted(self, i: int) -> Intent:
        """What a Cog wants by its role, its gear and its hp."""
        if self.selves[i].is_bearer:
            return self.bearer(i)
        if self.must_retreat(i):
            return RETREAT, NOBODY
        me = self.cogs[i]
        if self.selves[i].gear != me.role:
            if me.is_served:
                station = self.board.stations[me.role]
                return EXPLORES if station < 0 else (USE, station)
            if me.role != MINER and any(own.gear == MINER for own in self.selves):
                return EXPLORES
            return self.miner(i)
        role = {MINER: self.miner, ALIGNER: self.aligner, SCRAMBLER: self.scrambler}
        return role.get(me.role, self.scout)(i)

    def target(self, i: int) -> Site | None:
        """The site a Cog is on its way to use."""
        me = self.cogs[i]
        return self.sites[me.target] if me.task == USE and me.target >= 0 else None

    def users(self, i: int, site: int) -> Iterator[int]:
        """The other Cogs on their way to use a site."""
        for j, mate in enumerate(self.cogs):
            if mate.target == site and mate.task == USE and j != i:
                yield j

    # -- miner

    def miner(self, i: int) -> Intent:
        """Fill up at extractors, then empty at a depot."""
        own = self.selves[i]
        room = (GEAR_LOAD if own.gear == MINER else BARE_LOAD) - own.cargo
        target = self.target(i)
        if room > 0 and target and is_extractor(target.kind) and target.amount > 0:
            return USE, self.cogs[i].target
        if room <= 0 or own.cargo >= 28:
            return self.deposit(i)
        extractor = self.best_extractor(i)
        if extractor >= 0:
            return USE, extractor
        return self.deposit(i) if own.cargo > 0 else EXPLORES

    def deposit(self, i: int) -> Intent:
        target = self.target(i)
        if target and self.board.is_ours(target):
            return USE, self.cogs[i].target
        depot = self.nearest(i, lambda _, site: self.board.is_ours(site))
        return EXPLORES if depot < 0 else (USE, depot)

    def expected(self, i: int) -> list[int]:
        """Stock, cargo of all, and what is being fetched, of each element."""
        total = self.selves[i].numbers[STOCK : STOCK + 4]
        for j, own in enumerate(self.selves):
            for element in range(4):
                total[element] += own[CARGO + element]
            target = self.target(j)
            if j != i and target and is_extractor(target.kind):
                total[target.kind - EXTRACTOR] += max(0, GEAR_LOAD - own.cargo)
        return total

    def best_extractor(self, i: int) -> int:
        """The extractor that costs least: way, way to a depot, danger, crowd, and too much of its element."""
        total = self.expected(i)
        least = min(total)
        night = 1.0 if self.selves[i][SOLAR] >= 3 else 6.0  # a step away from home counts so many
        crowds: dict[int, list[int]] = {}  # cargoes of the mates on their way, by extractor
        for j, mate in enumerate(self.cogs):
            if j != i and mate.task == USE:
                crowds.setdefault(mate.target, []).append(self.selves[j].cargo)
        best, best_score = NOBODY, 1e9
        for number, site in enumerate(self.sites):
            if not is_extractor(site.kind) or site.amount <= 0:
                continue
            crowd = crowds.get(number, ())
            left = site.amount - sum(GEAR_LOAD - cargo for cargo in crowd)
            if left <= 0:
                continue
            score = walk(self.cogs[i].place, site.place) + self.ground.way_to_depot(site.place)
            score += self.ground.way_home(site.place) * night + 2.0 * len(crowd)
            score += min(120, total[site.kind - EXTRACTOR] - least)
            score += (GEAR_LOAD - left) * 0.2 if left < GEAR_LOAD else 0.0
            score += 20.0 * self.ground.hostile_areas(site.place)
            if score < best_score:
                best, best_score = number, score
        return best

    # -- hearts

    def has_hearts(self) -> bool:
        return not self.board.is_chest_bare or self.selves[0].scarcest >= 10

    def for_heart(self, i: int) -> Intent:
        """Empty-handed at a bare chest: see more of the land, and be back in time."""
        chest = self.board.chest
        if chest < 0:
            return EXPLORES
        if self.has_hearts():
            return USE, chest
        if self.selves[i].scarcest < 5:
            return EXPLORES
        return WAITS if apart(self.cogs[i].place, self.sites[chest].place) <= 2 else (USE, chest)

    def tops_up(self, i: int) -> bool:
        """Whether a Cog with hearts fetches more, for it is near."""
        hearts = self.selves[i][HEART]
        if self.board.chest < 0 or not self.has_hearts() or hearts >= 10:
            return False
        return walk(self.cogs[i].place, self.sites[self.board.chest].place) <= (6 if hearts <= 2 else 2)

    def bearer(self, i: int) -> Intent:
        """To the chest, wherever it is. Where no sun shines, who passes the hub fills up there first."""
        board, own = self.board, self.selves[i]
        is_near = board.hub >= 0 and walk(self.cogs[i].place, self.sites[board.hub].place) <= 12
        if own[SOLAR] == 0 and own[ENERGY] < 200 and is_near:
            return USE, board.hub
        return EXPLORES if board.chest < 0 else (USE, board.chest)

    # -- aligner, scrambler, scout

    def is_claimed(self, i: int, site: int) -> bool:
        """Whether a mate of the same role is on its way there."""
        return any(self.cogs[j].role == self.cogs[i].role for j in self.users(i, site))

    def is_open(self, i: int, site: Site) -> bool:
        """Whether a Cog can align a junction.

        Influence lasts 20 steps away from home: by night eight moves, by day some twice as many.
        """
        if site.kind != JUNCTION or site.team != NEUTRAL or site.shunned > self.board.step:
            return False
        far = 14 if self.selves[i][SOLAR] >= 3 else 6
        return self.ground.way_home(site.place) <= far and self.ground.has_influence(site.place)

    def aligner(self, i: int) -> Intent:
        """With heart and influence to the nearest open junction."""
        me, own = self.cogs[i], self.selves[i]
        target = self.target(i)
        if own[INFLUENCE] == 0 and self.ground.ours and not self.ground.is_home(me.place):
            # In vain, by its own slowness or for hostile ground whose source nobody has seen.
            if target:
                target.shunned = self.board.step + 40
            return RETREAT, NOBODY
        if own[HEART] == 0:
            return self.for_heart(i)
        if self.tops_up(i):
            return USE, self.board.chest
        if target and self.is_open(i, target) and not self.is_claimed(i, me.target):
            return USE, me.target
        junction = self.nearest(
            i, lambda number, site: self.is_open(i, site) and not self.is_claimed(i, number)
        )
        return (USE, junction) if junction >= 0 else self.scout(i)

    def is_prey(self, site: Site) -> bool:
        return site.kind == JUNCTION and self.board.is_hostile(site)

    def scrambler(self, i: int) -> Intent:
        """With a heart to the nearest junction of another team."""
        me, own = self.cogs[i], self.selves[i]
        if own[HEART] == 0:
            heart = self.for_heart(i)
            return heart if heart[0] == USE and self.has_hearts() else self.scout(i)
        if own[HEART] < 2 and self.tops_up(i):
            return USE, self.board.chest
        target = self.target(i)
        if target and self.is_prey(target):
            return USE, me.target
        junction = self.nearest(i, lambda number, site: self.is_prey(site) and not self.is_claimed(i, number))
        return (USE, junction) if junction >= 0 else self.scout(i)

    def scout(self, i: int) -> Intent:
        """See what nobody has seen, then what was seen longest ago."""
        me = self.cogs[i]
        is_under_way = me.task == EXPLORE and me.path_at < len(me.path)
        if is_under_way and self.board.cell(me.goal) == UNKNOWN:
            return EXPLORES
        if self.board.explored_until <= self.board.step:
            task, me.task = me.task, EXPLORE
            if self.route(i):
                me.target = NOBODY
                return EXPLORES
            me.task = task
        return self.patrol(i)

    def patrol(self, i: int) -> Intent:
        me = self.cogs[i]
        target = self.target(i)
        if target and target.kind == JUNCTION and self.board.step - target.seen > 5:
            return USE, me.target
        best, most = NOBODY, 0
        for number, site in enumerate(self.sites):
            age = self.board.step - site.seen
            if site.kind != JUNCTION or age <= 20 or self.is_claimed(i, number):
                continue
            score = age - 2 * walk(me.place, site.place)
            if best < 0 or score > most:
                best, most = number, score
        return WAITS if best < 0 else (USE, best)

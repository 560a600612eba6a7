"""The Cogs of one world, step by step: they look, get roles and gear, decide one after the other."""

from coterie.policies.scripted.role_machine.board import NOBODY, Board, Cog
from coterie.policies.scripted.role_machine.ground import Ground
from coterie.policies.scripted.role_machine.roles import Roles
from coterie.policies.scripted.role_machine.sight import (
    AGENT_ID,
    ALIGNER,
    ENERGY,
    GEAR_COST,
    HEART,
    LAST_ACTION,
    MINER,
    SCOUT,
    SCRAMBLER,
    STOCK,
    TEAM,
    VIBE,
    Look,
    Plan,
)

ASKED = (SCRAMBLER, ALIGNER, MINER, SCOUT)  # the order of roles that are asked for
NEEDED = (MINER, ALIGNER, SCRAMBLER, MINER, ALIGNER, MINER, ALIGNER, SCRAMBLER)  # and that a team needs
HANDICAP = {ALIGNER: 2, SCRAMBLER: 4, MINER: 0, SCOUT: 9}  # in the queue for gear


class Side:
    """Cogs of one team in one world: they share a board."""

    def __init__(self, team: int) -> None:
        self.board = Board()
        self.board.team = team
        self.ground = Ground()
        self.members: list[int] = []  # numbers among the world's Cogs

    def join(self, member: int, seen: Look) -> None:
        self.members.append(member)
        self.board.cogs.append(Cog(seen.self[AGENT_ID], (-seen.self.row, -seen.self.col)))

    def assign(self, counts: dict[int, int]) -> None:
        """Roles by number: those asked for first, then what a team needs. The first Cog's place is known."""
        roles = [role for role in ASKED for _ in range(counts[role])]
        for i, cog in enumerate(self.board.cogs):
            cog.is_free = i >= len(roles)
            cog.role = NEEDED[(i - len(roles)) % 8] if cog.is_free else roles[i]
        self.board.make_room((0, 0), 8)
        self.board.cogs[0].is_found = True

    def act(self, plan: Plan, looks: list[Look]) -> list[int]:
        """An action for each member, in their order; `looks` are theirs."""
        board = self.board
        self.observe(plan, looks)
        roles = Roles(plan, board, self.ground, [seen.self for seen in looks])
        roles.rebalance()
        self.serve(roles)
        self.check_chest(roles)
        actions = []
        for i, cog in enumerate(board.cogs):
            actions.append(action(roles, i))
            roles.decided = i + 1
            cog.hearts_before = roles.selves[i][HEART]
        board.step += 1
        return actions

    def observe(self, plan: Plan, looks: list[Look]) -> None:
        """Who knows its place draws what it sees; the others look for theirs, as long as one finds it."""
        lost = []
        for cog, seen in zip(self.board.cogs, looks, strict=True):
            if cog.is_found:
                self.draw(plan, cog, seen)
            else:
                lost.append((cog, seen))
        is_new = bool(lost)
        while is_new:
            is_new = False
            for cog, seen in lost:
                if not cog.is_found and self.board.find(cog, seen):
                    cog.is_found = is_new = True
                    self.draw(plan, cog, seen)

    def draw(self, plan: Plan, cog: Cog, seen: Look) -> None:
        cog.place = cog.spawn[0] + seen.self.row, cog.spawn[1] + seen.self.col
        self.board.update(plan, cog.place, seen)

    def serve(self, roles: Roles) -> None:
        """Who lacks its gear is served in order, while the stock lasts.

        First two miners, then in turn a miner, an aligner and (from the third on) a scrambler; scouts last.
        """
        left = roles.selves[0].numbers[STOCK : STOCK + 4]
        count = dict.fromkeys(HANDICAP, 0)
        order = []
        for i, cog in enumerate(self.board.cogs):
            cog.is_served = False
            order.append((HANDICAP[cog.role] + count[cog.role], i))
            count[cog.role] += 1
        for _, i in sorted(order):
            cog = self.board.cogs[i]
            cost = GEAR_COST[cog.role]
            if roles.selves[i].gear == cog.role or any(
                has < price for has, price in zip(left, cost, strict=True)
            ):
                continue
            cog.is_served = True
            left = [has - price for has, price in zip(left, cost, strict=True)]

    def check_chest(self, roles: Roles) -> None:
        """A bump that brought no heart shows that the chest has none; one that did, that it has."""
        for cog, own in zip(self.board.cogs, roles.selves, strict=True):
            if self.board.chest < 0 or cog.bumped != self.board.chest:
                continue
            if own[HEART] > cog.hearts_before:
                self.board.is_chest_bare = False
            elif own[LAST_ACTION] == 0 and own[ENERGY] >= 4:
                self.board.is_chest_bare = True


def action(roles: Roles, i: int) -> int:
    """A Cog shows its role by its vibe, then acts."""
    me = roles.cogs[i]
    me.next, me.bumped = 0, NOBODY
    if roles.selves[i][VIBE] != roles.plan.shown[me.role]:
        return roles.plan.vibes[me.role]
    if not me.is_found:
        return roles.plan.moves[0]
    return roles.action_of(i, roles.wanted(i))


class Team:
    """The Cogs of one world; where they are of two teams, each has a board of its own."""

    def __init__(self, counts: dict[int, int]) -> None:
        self.counts = counts
        self.sides: list[Side] = []

    def act(self, plan: Plan, looks: list[Look]) -> list[int]:
        """An action for each of the world's Cogs; `looks` are theirs."""
        if not self.sides:
            self.divide(looks)
        actions = [0] * len(looks)
        for side in self.sides:
            own = side.act(plan, [looks[member] for member in side.members])
            for member, chosen in zip(side.members, own, strict=True):
                actions[member] = chosen
        return actions

    def divide(self, looks: list[Look]) -> None:
        """The first Cog's team is one side; all others are the other."""
        for member, seen in enumerate(looks):
            at = 0 if not self.sides or self.sides[0].board.team in (-1, seen.self[TEAM]) else 1
            if at == len(self.sides):
                self.sides.append(Side(seen.self[TEAM]))
            self.sides[at].board.team = seen.self[TEAM]
            self.sides[at].join(member, seen)
        for side in self.sides:
            side.assign(self.counts)

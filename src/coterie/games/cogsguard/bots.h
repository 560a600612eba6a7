// The scripted teams of Cogs: those that share one map, each by its strategy, and one that shares nothing.
#pragma once

#include "bots_baseline.h"
#include "bots_control.h"
#include "bots_need.h"
#include "bots_reflex.h"
#include "bots_targeted.h"
#include "bots_team.h"
#include "bots_v2.h"
#include "bots_wombo.h"

namespace coterie {
using CogsguardBots =
    BotList<cogsguard::Team<cogsguard::Need>, cogsguard::Reflex, cogsguard::Team<cogsguard::Wombo>,
            cogsguard::Team<cogsguard::V2>, cogsguard::Team<cogsguard::Control>,
            cogsguard::Team<cogsguard::Targeted>, cogsguard::Team<cogsguard::Baseline>>;
}

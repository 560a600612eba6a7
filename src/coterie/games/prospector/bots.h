// Scripted pilots of Prospector.
#pragma once

#include "bots_reference.h"
#include "bots_shuttle.h"

namespace coterie {
using ProspectorBots = BotList<prospector::GreedyMiner, prospector::CautiousScanner, prospector::MarketTimer,
                               prospector::Shuttle>;
}

// Scripted pilots of Prospector.
#pragma once

#include "bots_reference.h"

namespace coterie {
using ProspectorBots = BotList<prospector::GreedyMiner, prospector::CautiousScanner, prospector::MarketTimer>;
}

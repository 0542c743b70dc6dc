#pragma once
// A network that holds what passes for a while and cuts it: a process of the storm stands between
// its workers and a server.
#include <string>

#include "board.h"

namespace storm {

// The URL of the same server, through a door.
std::string through(const std::string& url, int port);

// Passes on what comes to the door, whose port is told first, until board.stop.
void keep_door(Board& board, Board::Door& door, const std::string& url);

}  // namespace storm

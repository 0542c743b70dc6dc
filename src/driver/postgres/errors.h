#pragma once
#include <string>
#include <string_view>

#include <libpq-fe.h>

#include "base/result.h"

namespace thing::driver::postgres {

// A part of an error or a notice (PG_DIAG_...); empty when it has none.
std::string_view field_of(const PGresult* result, int code);
// What the server's answer says. `over`: why the statement was asked to stop, kOk when it was not.
base::Error make_error(const PGresult* result, base::Code over);
// Why there is no connection: libpq's message with the state in it (PQERRORS_VERBOSE).
base::Error connect_error(PGconn* connection);
// No answer came. `unknown`: whether the statement took effect can not be told.
base::Error lost_error(std::string_view what, bool unknown);

// What a state means, with a message.
base::Error make_error(std::string_view sqlstate, std::string_view message);
// Whether the server ended the session with this error.
bool is_fatal(std::string_view sqlstate);
// Whether the statement has to be prepared anew.
bool is_outdated(const base::Error& error);
// Whether the session knows no statement of that name, any more.
bool is_lost_statement(const base::Error& error);
// For messages: one line, as libpq's texts have several.
std::string one_line(std::string_view message);

}  // namespace thing::driver::postgres

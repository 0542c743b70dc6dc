#pragma once
#include "driver/mysql/client.h"

namespace thing::driver::mysql {

// OpenSSL tells "not yet" from "failed" by the queue of errors of the thread. A session that was
// lost leaves something in it, MariaDB's library does not look, and the next session of the thread
// would be lost, too. So the queue is emptied before each call that does not wait for its socket.

// Whether the library's TLS can do without waiting: it is not OpenSSL, or its queue can be emptied.
bool can_forget_tls_errors();
// Of this thread.
void forget_tls_errors();

}  // namespace thing::driver::mysql

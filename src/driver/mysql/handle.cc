#include "driver/mysql/handle.h"

#include <unistd.h>

namespace thing::driver::mysql {

Handle::~Handle() {
  if (mysql_ == nullptr) return;
  if (!is_inherited()) {
    const PipeGuard guard(may_raise(mysql_) && is_pipe_fatal());
    mysql_close(mysql_);
  } else if (const int socket = socket_of(mysql_); socket >= 0) {
    close(socket);
  }
}

}  // namespace thing::driver::mysql

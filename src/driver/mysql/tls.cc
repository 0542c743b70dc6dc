#include "driver/mysql/tls.h"

#include <string_view>

#include <dlfcn.h>

namespace thing::driver::mysql {
namespace {

#if THING_MYSQL_NONBLOCKING
bool is_openssl() {
  const char* name = nullptr;
  if (mariadb_get_infov(nullptr, MARIADB_TLS_LIBRARY, &name) != 0 || name == nullptr) return true;
  return std::string_view(name).find("SSL") != std::string_view::npos;
}

// Of the OpenSSL that the client library is linked with; a process may have another one besides.
using Clear = void (*)();
Clear find_clear() {
  if (!is_openssl()) return [] {};
  Dl_info library{};
  void* handle = nullptr;
  if (dladdr(reinterpret_cast<void*>(&mysql_init), &library) != 0)
    handle = dlopen(library.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  void* const found = dlsym(handle != nullptr ? handle : RTLD_DEFAULT, "ERR_clear_error");
  if (handle != nullptr) dlclose(handle);
  return reinterpret_cast<Clear>(found);
}

Clear clear() {
  static const Clear known = find_clear();
  return known;
}
#endif

}  // namespace

#if THING_MYSQL_NONBLOCKING
bool can_forget_tls_errors() { return clear() != nullptr; }
void forget_tls_errors() {
  if (const Clear known = clear(); known != nullptr) known();
}
#else
bool can_forget_tls_errors() { return false; }
void forget_tls_errors() {}
#endif

}  // namespace thing::driver::mysql

#pragma once
// Places where tests stop the library or kill it, and safeguards that they take away. In builds
// with -Dfaults=true alone; nothing is left of them in others.
namespace thing::base {

#ifdef THING_FAULTS
// The protocol has come to `point`: the test's hook runs here.
void reach(const char* point);
// Whether a test took the safeguard away.
bool is_removed(const char* safeguard);
#else
inline void reach(const char*) {}
constexpr bool is_removed(const char*) { return false; }
#endif

}  // namespace thing::base

#ifdef THING_FAULTS
extern "C" {
// The hook for all threads; NULL takes it away. Runs in the thread that reached the point.
void thing_faults_hook(void (*hook)(const char* point, void* user), void* user);
// Takes a safeguard away, by name; NULL gives all back. THING_FAULTS_REMOVE in the environment says
// which one is gone from the start.
void thing_faults_remove(const char* safeguard);
}
#endif

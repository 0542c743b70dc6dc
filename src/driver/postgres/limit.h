#pragma once
#include <cstdint>
#include <string>

#include "driver/postgres/ahead.h"
#include "driver/postgres/link.h"
#include "driver/postgres/sql_text.h"

namespace thing::driver::postgres {

// The deadline of a call as a limit of the server's own (statement_timeout), so that a statement
// ends when nobody is left who could cancel it. The setting travels in the pipeline of its
// statement and lasts as long as the transaction: nothing is left behind in the session, which may
// be another client's next. A transaction remembers what it has, so that it is set only when it
// must change.
class Limit {
 public:
  // `named`: the text is parsed once for the session.
  Limit(const Link& link, const Ahead& ahead, bool named)
      : link_(link), ahead_(ahead), named_(named) {}
  // What the session has by itself, in ms; 0: no limit. It is never lengthened.
  void open(int64_t own_ms) { own_ms_ = own_ms; }

  // How many commands have to go before the statement of a call with this deadline.
  int plan(const SqlText& text, int64_t deadline);
  // Queues them; what the PQsend functions return.
  int queue();
  // The same before a text of several statements: what to put there.
  std::string prefix() const;
  // After the statement. `ended`: how many of the commands queued here ran. Whether all is to be
  // sent again, as the session had lost what was parsed, so that nothing has run.
  // `error`: nullptr when the statement did not fail.
  bool settle(const SqlText& text, const base::Error* error, int ended);
  // The session may have lost what it had parsed.
  void forget() { is_parsed_ = false; }

 private:
  bool applies(const SqlText& text) const;
  int64_t wanted(int64_t left_ms) const;
  bool fits(int64_t left_ms) const;
  std::string setting() const;
  bool settle_alone(const base::Error* error, int ended);

  const Link& link_;
  const Ahead& ahead_;
  const bool named_;
  int64_t own_ms_ = 0;

  // Of the transaction.
  int64_t set_ms_ = 0;       // what holds now
  bool is_touched_ = false;  // a setting was sent, so a savepoint may bring back another one
  bool is_users_ = false;    // the caller has set one himself

  // Of the statement.
  bool is_alone_ = false;  // outside of a transaction block
  int64_t next_ms_ = 0;
  int commands_ = 0;
  bool is_parsed_ = false;
  int last_number_ = 0;
  std::string name_;  // of the parsed text
};

}  // namespace thing::driver::postgres

# frozen_string_literal: true

# Money between accounts: what moves moves as a whole, a part can be taken back alone, and who loses against others is run
# again.
#
# usage: transactions.rb [URL]

require_relative "show"

class Account < Thing::Model
  table :example_accounts
  attribute :id, :int, primary: true
  attribute :owner
  attribute :cents, :int, min: 0

  def self.add(id, cents)
    account = lock.find_by(id: id) or raise "there is no such account" # what is read is not changed by others
    account.update!(cents: account.cents + cents)
  end
end

# At most five times, when others were faster.
def move(cents, from:, to:)
  puts "#{cents} cents from #{from} to #{to}"
  Thing.transaction(attempts: 5) do
    Account.add(to, cents)
    Account.add(from, -cents)
  end
end

def fail_to_move(cents, expected, **between)
  move(cents, **between)
  abort "expected #{expected}"
rescue RuntimeError, Thing::Error => e
  Show.expect(e.message, expected)
end

def balances_are(expected) = Show.act("Account", "findMany", '{"select": ["cents"]}', expected)

# The gift is taken back alone, the rest of the transaction stays.
def save_a_part
  Thing.transaction do
    Account.add(1, 5)
    Thing.transaction do
      Account.add(2, 1000)
      balances_are '[{"cents":705},{"cents":1800}]'
      raise Thing::Rollback
    end
  end
end

Show.open
Show.act("Account", "createMany",
         '{"data": [{"id": 1, "owner": "Ann", "cents": 1000}, {"id": 2, "owner": "Bob", "cents": 500}]}', '{"count":2}')
move(300, from: 1, to: 2)
balances_are '[{"cents":700},{"cents":800}]'
fail_to_move(5000, "Account: 'cents': expected at least 0", from: 1, to: 2)
fail_to_move(10, "there is no such account", from: 3, to: 1)
balances_are '[{"cents":700},{"cents":800}]'
save_a_part
balances_are '[{"cents":705},{"cents":800}]'
Show.act("Account", "deleteMany", '{"all": true}', '{"count":2}')
Thing.close

# frozen_string_literal: true

require_relative "helper"
require_relative "models"

class ThreadTest < ThingTest
  # A statement that takes long, on SQLite without a server.
  SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) AS n FROM n"

  def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

  def test_a_timeout_ends_the_statement
    before = now
    assert_raises(Timeout::Error) { Timeout.timeout(0.2) { Thing.sql(SLOW) } }
    assert_operator now - before, :<, 5
    assert_equal 0, Author.count
  end

  def test_other_threads_run_while_a_statement_does
    slow = Thread.new { Thing.sql(SLOW) rescue $! }
    ticks = 0
    50.times { sleep 0.002; ticks += 1 }
    assert_predicate slow, :alive?
    assert_equal 50, ticks
    before = now
    slow.kill.join
    assert_operator now - before, :<, 5
  end

  def test_a_handler_of_a_signal_does_not_end_the_call
    heard = 0
    old = trap("USR1") { heard += 1 }
    main = Thread.new { sleep 0.1; Process.kill("USR1", Process.pid) }
    rows = Thing.sql(SLOW.sub("2000000000", "1500000"))
    main.join
    assert_equal 1_500_000, rows.first["n"]
    assert_equal 1, heard
  ensure
    trap("USR1", old)
  end

  def test_postgresql_stops_the_statement_too
    url = ENV.fetch("THING_TEST_POSTGRES", nil) or skip "no THING_TEST_POSTGRES"
    db = Thing::Database.new(url)
    mark = "ruby_#{Process.pid}"
    before = now
    assert_raises(Timeout::Error) { Timeout.timeout(0.3) { db.sql("SELECT '#{mark}' AS m, pg_sleep(30) IS NULL AS s") } }
    assert_operator now - before, :<, 5
    running = "SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'active' AND query LIKE ? AND pid <> pg_backend_pid()"
    assert_equal 0, db.sql(running, "%#{mark}%").first["n"]
  ensure
    db&.close
  end

  def test_many_threads_share_a_database
    threads = Array.new(8) do |i|
      Thread.new { 50.times { |j| Author.create!(name: "a#{i}.#{j}"); Author.where(name: {starts_with: "a#{i}."}).count } }
    end
    threads.each(&:join)
    assert_equal 400, Author.count
  end
end

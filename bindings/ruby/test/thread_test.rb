# frozen_string_literal: true

require_relative "helper"
require_relative "models"
require "socket"

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

  # A server that takes the connection and never says a word.
  def test_who_opens_a_database_may_be_called_away
    server = TCPServer.new("127.0.0.1", 0)
    url = "postgresql://nobody@127.0.0.1:#{server.addr[1]}/none"
    (Thing::Database.new(url.sub(/:\d+/, ":1")) rescue $!).then { |e| skip e.message if e.is_a?(Thing::Unsupported) }
    before = now
    assert_raises(Timeout::Error) { Timeout.timeout(0.3) { Thing::Database.new(url) } }
    opener = Thread.new { Thing::Database.new(url) }
    sleep 0.2
    opener.kill.join
    assert_operator now - before, :<, 5
  ensure
    server&.close
  end

  def test_who_closes_a_database_may_be_called_away
    other = Thing::Database.new("sqlite:#{@folder}/other.db")
    busy = Thread.new { other.sql(SLOW) rescue $!.class }
    sleep 0.1 until busy.status == "sleep"
    assert_raises(Timeout::Error) { Timeout.timeout(0.3) { other.close } }
    busy.kill.join
    assert_raises(Thing::Closed) { other.sql("SELECT 1 AS n") }
  end

  def test_who_waits_for_the_lock_to_begin_may_be_called_away
    held, done = Queue.new, Queue.new
    holder = Thread.new { Thing.transaction { held << 1; done.pop } }
    held.pop
    before = now
    assert_raises(Timeout::Error) { Timeout.timeout(0.3) { Thing.transaction { flunk } } }
    assert_operator now - before, :<, 4
    done << 1
    holder.join
    assert_equal 7, Thing.transaction { 7 }
  end

  def test_threads_that_are_killed_at_any_time_leave_all_in_order
    random = Random.new(Minitest.seed)
    40.times do |i|
      thread = Thread.new do
        Thing.transaction { Author.create!(name: "k#{i}.1"); Author.where(name: {starts_with: "k"}).to_a; Author.create!(name: "k#{i}.2") }
      end
      sleep random.rand * 0.003
      thread.kill.join
    end
    by_thread = Author.pluck(:name).group_by { |name| name[/\d+/] }
    assert_equal [2], by_thread.values.map(&:size).uniq | [2]
    Timeout.timeout(5) { Author.create!(name: "last") }
  end

  def test_timeouts_at_any_time_leave_the_thread_usable
    random = Random.new(Minitest.seed)
    60.times do |i|
      Timeout.timeout(0.0005 + random.rand * 0.003) do
        Thing.transaction { Author.create!(name: "t#{i}"); Author.all.to_a; Author.find_each { |one| one.name } }
      end
    rescue Timeout::Error
      nil
    end
    assert_nil Thread.current[:thing_transactions]
    Author.create!(name: "last")
    assert_equal Author.count, Author.all.to_a.size
  end

  def test_many_threads_share_a_database
    threads = Array.new(8) do |i|
      Thread.new { 50.times { |j| Author.create!(name: "a#{i}.#{j}"); Author.where(name: {starts_with: "a#{i}."}).count } }
    end
    threads.each(&:join)
    assert_equal 400, Author.count
  end
end

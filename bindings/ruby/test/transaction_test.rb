# frozen_string_literal: true

require_relative "helper"
require_relative "models"

class TransactionTest < ThingTest
  def names = Author.order(:name).pluck(:name)

  def test_a_block_commits_and_gives_its_value
    assert_equal 7, Thing.transaction { Author.create!(name: "Ann"); 7 }
    assert_equal %w[Ann], names
  end

  def test_an_exception_rolls_back_and_is_the_same_one
    mine = Class.new(StandardError).new("mine")
    raised = assert_raises(mine.class) { Thing.transaction { Author.create!(name: "Ann"); raise mine } }
    assert_same mine, raised
    assert_empty names
  end

  def test_an_inner_rollback_undoes_its_own_work_alone
    Thing.transaction do
      Author.create!(name: "Ann")
      assert_nil(Thing.transaction { Author.create!(name: "Bob"); raise Thing::Rollback })
      Author.create!(name: "Cid")
    end
    assert_equal %w[Ann Cid], names
  end

  def test_a_statement_that_fails_leaves_the_transaction_usable
    Thing.transaction do
      Author.create!(name: "Ann")
      assert_raises(Thing::UniqueViolation) { Author.create!(name: "Ann") }
      Author.create!(name: "Bob")
    end
    assert_equal %w[Ann Bob], names
  end

  def test_a_throw_rolls_back
    assert_equal 1, catch(:out) { Thing.transaction { Author.create!(name: "Ann"); throw :out, 1 } }
    assert_empty names
  end

  def test_a_killed_thread_rolls_back
    reached = Queue.new
    thread = Thread.new { Thing.transaction { Author.create!(name: "Ann"); reached << 1; sleep } }
    reached.pop
    thread.kill.join
    assert_empty names
    Author.create!(name: "Bob")
  end

  # What is told of the ends of transactions while the block runs.
  def ends
    told = []
    hook = Thing.database.on(:after_rollback, :after_commit, model: Author) { |author, event| told << [event, author.name] }
    yield
    told
  ensure
    hook.remove
  end

  def made = Thing.transaction { yield Author.create!(name: "Ann") }

  def left_by_return = made { return 7 }

  def killed
    reached = Queue.new
    thread = Thread.new { made { reached << 1; sleep } }
    reached.pop
    thread.kill.join
  end

  def test_a_rollback_is_told_once_however_the_block_is_left
    assert_equal [[:after_rollback, "Ann"]], ends { assert_raises(KeyError) { made { raise KeyError } } }
    assert_equal [[:after_rollback, "Ann"]], ends { assert_equal(7, catch(:out) { made { throw :out, 7 } }) }
    assert_equal [[:after_rollback, "Ann"]], ends { assert_equal(7, made { break 7 }) }
    assert_equal [[:after_rollback, "Ann"]], ends { assert_equal(7, left_by_return) }
    assert_equal [[:after_rollback, "Ann"]], ends { killed }
    assert_equal [[:after_rollback, "Ann"]], ends { assert_raises(Timeout::Error) { Timeout.timeout(0.05) { made { sleep } } } }
    assert_empty names
    assert_equal [[:after_commit, "Ann"]], ends { assert_equal(7, made { next 7 }) }
  end

  def test_all_runs_again_after_a_lost_transaction
    tries = 0
    Thing.transaction(attempts: 3) do
      tries += 1
      Author.create!(name: "Ann")
      raise Thing::Error.build(Thing::Raw::THING_E_SERIALIZATION, "lost", "40001", "", "", "", "", true, nil) if tries < 3
    end
    assert_equal [3, %w[Ann]], [tries, names]
    tries = 0
    Thing.with(tag: "again") do
      Thing.transaction(attempts: 3) { (tries += 1) < 3 and raise Thing::SerializationFailure, "lost" }
    end
    assert_equal 3, tries
  end

  def test_a_read_only_transaction_refuses_writes
    assert_raises(Thing::ReadOnly) { Thing.transaction(read_only: true) { Author.create!(name: "Ann") } }
  end
end

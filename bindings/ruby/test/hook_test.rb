# frozen_string_literal: true

require_relative "helper"

class Note < Thing::Model
  attribute :text
  attribute :loud, :bool, default: false
  before_save :tidy
  before_create { |note| note.loud = true if note.text.end_with?("!") }
  after_create { |note| Log.create!(line: "made #{note.text}") }
  after_create do |note|
    raise Stop, "stop" if note.text == "raise"

    throw :out, 7 if note.text == "throw"
  end
  after_commit { |note| SEEN << note.text }

  Stop = Class.new(StandardError)
  SEEN = [] # rubocop:disable Style/MutableConstant

  def tidy = self.text = text.strip
end

class Log < Thing::Model
  attribute :line
end

class HookTest < ThingTest
  def test_hooks_set_fields_and_write_in_the_same_transaction
    Note::SEEN.clear
    note = Note.create!(text: "  hey! ")
    assert_equal ["hey!", true], [note.text, note.loud]
    assert_equal ["made hey!"], Log.pluck(:line)
    assert_equal ["hey!"], Note::SEEN
  end

  def test_what_a_hook_raises_comes_out_and_takes_all_back
    error = assert_raises(Note::Stop) { Note.create!(text: "raise") }
    assert_equal "stop", error.message
    assert_match(/hook_test/, error.backtrace.first)
    assert_equal [0, 0], [Note.count, Log.count]
    assert_equal 1, Note.create!(text: "fine").reload.id
  end

  def test_a_throw_passes_through
    assert_equal 7, catch(:out) { Note.create!(text: "throw") }
    assert_equal [0, 0], [Note.count, Log.count]
  end

  # What is told of the ends of transactions while the block runs, in which a hook of saves does `leave`.
  def ends(leave, told = [])
    hooks = [Thing.database.on(:after_save, model: Note, &leave),
             Thing.database.on(:after_rollback, :after_commit, model: Note) { |note, event| told << [event, note.text] }]
    yield
    told
  ensure
    hooks.each(&:remove)
  end

  def saved_by_a_thread
    Thread.new { Note.create!(text: "x") }.join
  end

  def left_by_return(told)
    hooks = [Thing.database.on(:after_save, model: Note) { return 7 },
             Thing.database.on(:after_rollback, model: Note) { |note| told << note.text }]
    Note.create!(text: "x")
  ensure
    hooks.each(&:remove)
  end

  BACK = [[:after_rollback, "x"]].freeze

  def test_a_rollback_is_told_once_however_a_hook_left_the_call
    stop = Note::Stop.new
    assert_equal BACK, ends(proc { raise stop }) { assert_same(stop, assert_raises(Note::Stop) { Note.create!(text: "x") }) }
    assert_equal BACK, ends(proc { throw :away, [7] }) { assert_equal([7], catch(:away) { Note.create!(text: "x") }) }
    assert_equal BACK, ends(proc { Thread.current.kill }) { saved_by_a_thread }
    assert_equal 7, left_by_return(told = [])
    assert_equal ["x"], told
    assert_equal 0, Note.count
  end

  def test_a_rollback_is_told_once_when_a_hook_is_killed_by_another_thread
    reached = Queue.new
    told = ends(proc { reached << 1; sleep }) do
      thread = Thread.new { Note.create!(text: "x") }
      reached.pop
      thread.kill.join
    end
    assert_equal BACK, told
    Timeout.timeout(30) { Note.create!(text: "free") }
  end

  def test_a_throw_out_of_a_hook_leaves_the_whole_transaction_and_each_record_hears_it_once
    first = nil
    told = ends(proc { |note| throw :away if note.text == "x" }) do
      catch(:away) do
        Thing.transaction do
          first = Note.create!(text: "first")
          Note.create!(text: "x")
        end
      end
    end
    assert_equal [[:after_rollback, "first"], [:after_rollback, "x"]], told.sort
    assert_predicate first, :new_record?
    assert_equal 0, Note.count
  end

  def test_what_hears_of_a_rollback_may_write_while_a_throw_or_an_exception_waits
    writer = Thing.database.on(:after_rollback, model: Note) { |note| Log.create!(line: "lost #{note.text}") }
    heard = []
    hearer = Thing.database.on(:after_create, model: Log) { |log| heard << log.line }
    assert_equal 7, catch(:out) { Note.create!(text: "throw") }
    assert_raises(Note::Stop) { Note.create!(text: "raise") }
    assert_equal ["lost throw", "lost raise"], Log.order(:id).pluck(:line)
    assert_equal ["made throw", "lost throw", "made raise", "lost raise"], heard
  ensure
    [writer, hearer].compact.each(&:remove)
  end

  def test_what_leaves_a_hook_of_the_rollback_itself_does_not_replace_the_throw
    told = []
    hooks = [proc { told << 1; raise Note::Stop, "lost" }, proc { told << 2; throw :nowhere }]
            .map { |body| Thing.database.on(:after_rollback, model: Note, &body) }
    assert_equal 7, catch(:out) { Note.create!(text: "throw") }
    assert_equal [1, 2], told
  ensure
    hooks.each(&:remove)
  end

  def test_a_thread_that_is_killed_while_a_rollback_is_told_ends
    reached = Queue.new
    hook = Thing.database.on(:after_rollback, model: Note) { reached << 1; sleep }
    thread = Thread.new { [catch(:out) { Note.create!(text: "throw") }, sleep] }
    reached.pop
    thread.kill
    assert_same thread, thread.join(30)
    assert_nil thread.value
  ensure
    hook.remove
  end

  def test_a_commit_is_told_of_every_record_though_the_first_that_heard_it_raised
    told = []
    hook = Thing.database.on(:after_commit, model: Note) { |note| told << note.text; raise Note::Stop, note.text }
    error = assert_raises(Note::Stop) { Thing.transaction { %w[a b].each { |text| Note.create!(text: text) } } }
    assert_equal ["a", %w[a b]], [error.message, told]
    assert_equal 2, Note.count
  ensure
    hook.remove
  end

  def test_a_record_that_a_hook_kept_holds_nothing
    kept = nil
    Note.define_singleton_method(:keep) { |note| kept = note }
    Note.after_load { |note| Note.keep(note) }
    Thing.close
    connect("sqlite::memory:")
    Note.create!(text: "x")
    Thing.database.call("Note", :findMany)
    Note.find(1)
    refute_nil kept
    assert_nil kept.text
  end
end

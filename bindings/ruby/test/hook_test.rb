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

# frozen_string_literal: true

# An exception of the player's own.
class Thrown < StandardError; end

# The lines that a play prints.
module Trace
  MEMBERS = %i[sqlstate model field constraint table].freeze

  module_function

  # A JSON string as traces have it.
  def quote(text)
    "\"#{text.gsub(/["\\]/) { "\\#{_1}" }.gsub(/[\u0000-\u001f]/) { format("\\u%04x", _1.ord) }}\""
  end

  def line(number, outcome, answer) = $stdout.write("#{number} #{outcome} #{answer.nil? ? "null" : answer}\n")

  # +made+: the failure that a step made itself, of which nothing is known but its name.
  def failure(number, error, made)
    case error
    when Thing::Rollback then line(number, "OK", nil)
    when Thrown then line(number, "THROWN", quote(error.message))
    when Thing::RecordNotFound then line(number, "NOT_FOUND", nil)
    when made then line(number, error.status, nil)
    when Thing::Error then line(number, error.status, about(error))
    else raise error
    end
  end

  def about(error)
    members = MEMBERS.map { |name| "\"#{name}\":#{quote(error.public_send(name))}" }
    "{#{members.join(",")},\"retryable\":#{error.retryable?}}"
  end
end

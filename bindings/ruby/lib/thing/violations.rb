# frozen_string_literal: true

module Thing
  # What is wrong with a record: what the last save or valid? found.
  class Violations
    include Enumerable

    def initialize # :nodoc:
      @all = []
    end

    # Each as an array: the field, the rule and a message.
    def each(&block)
      block ? (@all.each(&block); self) : @all.each
    end

    # The messages about a field.
    def [](field)
      @all.select { |one| one[0] == field.to_sym }.map(&:last)
    end

    # For validate: something is wrong with a field.
    def add(field, rule, message = rule.to_s)
      @all << [field.to_sym, rule.to_s, message.to_s]
      self
    end

    # Sentences for people.
    def full_messages
      @all.map { |field, _, message| "#{field} #{message}" }
    end

    # The messages by field.
    def to_hash
      @all.each_with_object({}) { |(field, _, message), all| (all[field] ||= []) << message }
    end
    alias messages to_hash

    # How many there are.
    def size
      @all.size
    end
    alias length size

    # Whether nothing is wrong.
    def empty?
      @all.empty?
    end
    alias blank? empty?

    # The first.
    def first(*number)
      @all.first(*number)
    end

    # Forgets all.
    def clear
      @all.clear
      self
    end

    # As an array.
    def inspect
      @all.inspect
    end

    # What an error of the library says, in place of what is here.
    def take(error) # :nodoc:
      clear
      return add(error.field, "required", error.message) if error.failures.empty?

      error.failures.each { |one| add(one["field"], one["rule"], one["message"]) }
    end

    # The error of all that is here.
    def to_error(model) # :nodoc:
      failures = @all.map { |field, rule, message| {"field" => field.name, "rule" => rule, "message" => message} }
      text = "#{model}: #{@all.map { |field, _, message| "'#{field}': #{message}" }.join("; ")}"
      by_field = @all.uniq(&:first)
      Error.build(Raw::THING_E_CHECK, text, "23514", model, by_field.map(&:first).join(","), by_field.map { |one| one[1] }.join(","), "",
                  false, JSON.generate("code" => "E_CHECK", "message" => text, "model" => model, "failures" => failures))
    end
  end
end

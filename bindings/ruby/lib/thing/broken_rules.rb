# frozen_string_literal: true

module Thing
  # The rules of a model that a record breaks, as Model#errors gives them: of each rule the field, the rule's name and a
  # message. It can be read as an array of these, and as forms of Rails read errors.
  class Errors
    include Enumerable

    def initialize(error = nil) # :nodoc:
      @all = error ? rules(error).freeze : []
    end

    # Each as [:name, "minLength", message].
    def each(&block)
      return to_enum unless block

      @all.each(&block)
      self
    end

    # The messages of a field.
    def [](field)
      select { |one, _| one == field.to_sym }.map(&:last)
    end

    # The messages of each field that breaks a rule.
    def messages
      group_by(&:first).transform_values { |all| all.map(&:last) }
    end

    # Messages that begin with the field's name.
    def full_messages
      map { |field, _, message| "#{field} #{message}" }
    end

    # Those of one field.
    def full_messages_for(field)
      self[field].map { |message| "#{field} #{message}" }
    end

    # Whether the field breaks a rule.
    def include?(field)
      any? { |one, _| one == field.to_sym }
    end
    alias key? include?

    # How many rules are broken.
    def size
      @all.size
    end
    alias length size

    # Whether no rule is broken.
    def empty?
      @all.empty?
    end

    # Compares what to_a gives.
    def ==(other)
      to_a == other.to_a
    end

    # As that of an array.
    def inspect
      @all.inspect
    end

    private

    def rules(error)
      return error.fields.map { |field| [field.to_sym, "required", error.message] } if error.failures.empty?

      error.failures.map { |one| [one["field"].to_sym, one["rule"], one["message"]] }
    end
  end
end

# frozen_string_literal: true

module Thing
  # A failure of the library. Each status has a class of its own, so that +rescue+ chooses by what happened:
  # THING_E_UNIQUE is Thing::UniqueViolation, and so on (CLASSES).
  class Error < StandardError
    # The number of the status, a name as "E_UNIQUE", five characters of SQLSTATE, and what the failure is about; "" where
    # the library does not know. +fields+ is an array, +json+ the whole with the chain of what was being done.
    attr_reader :code, :sqlstate, :model, :field, :constraint, :table, :json

    # Whether the same call, or the same transaction as a whole, may succeed when it runs again.
    def retryable?
      @retryable
    end

    # The fields that the failure is about.
    def fields
      field.split(",")
    end

    # The name of the status: "E_UNIQUE".
    def status
      Raw.thing_status_name(code)
    end

    # The rules that were broken: hashes with "field", "rule" and "message".
    def failures
      @failures ||= JSON.parse(json || "{}")["failures"] || []
    end

    # What an application raises itself is about nothing but its class: raise Thing::CallbackRefused, "not on Sundays".
    def initialize(message = nil)
      super
      describe(CLASSES.key(self.class) || Raw::THING_E_INTERNAL, "", "", "", "", "", false, nil)
    end

    # Called by the extension for each failure.
    def self.build(code, message, *rest) # :nodoc:
      error = CLASSES.fetch(code, Error).new(message)
      error.__send__(:describe, code, *rest)
      error
    end

    # What a hook refuses is about the model of its record, unless it says otherwise.
    def about(model) # :nodoc:
      @model = model if @model.empty? && !frozen?
      self
    end

    def self.busy # :nodoc:
      raise build(Raw::THING_E_BUSY, "the handle is used by a call of another thread", "", "", "", "", "", true, nil)
    end

    private

    def describe(code, sqlstate, model, field, constraint, table, retryable, json)
      @code = code
      @sqlstate = sqlstate
      @model = model
      @field = field
      @constraint = constraint
      @table = table
      @retryable = retryable
      @json = json
    end
  end

  # What a constraint of the database or a rule of the model refuses.
  class ConstraintViolation < Error; end
  # A call that ended before its time.
  class DeadlineError < Error; end

  # Raised by find and by the bang methods; the library calls it an expected outcome, not a failure.
  class RecordNotFound < Error
    # +model+: the one that has no such record.
    def initialize(message = "no such record", model: "")
      super(message)
      describe(Raw::THING_NOT_FOUND, "", model, "", "", "", false, nil)
    end
  end

  # Leaves the innermost transaction, which is rolled back, and is not seen outside of it.
  class Rollback < StandardError; end

  class Error
    # The class of each status.
    CLASSES = {
      E_INTERNAL: [:InternalError, Error], E_INVALID: [:InvalidArgument, Error], E_TYPE: [:TypeMismatch, Error],
      E_RANGE: [:OutOfRange, Error], E_SYNTAX: [:SyntaxInvalid, Error], E_MODEL: [:ModelError, Error],
      E_SCHEMA: [:SchemaError, Error], E_UNIQUE: [:UniqueViolation, ConstraintViolation],
      E_NOT_NULL: [:NotNullViolation, ConstraintViolation], E_FOREIGN_KEY: [:ForeignKeyViolation, ConstraintViolation],
      E_CHECK: [:RecordInvalid, ConstraintViolation], E_CONFLICT: [:StaleObject, Error],
      E_SERIALIZATION: [:SerializationFailure, Error], E_BUSY: [:Busy, Error], E_TIMEOUT: [:Timeout, DeadlineError],
      E_CANCELLED: [:Cancelled, DeadlineError], E_CONNECTION: [:ConnectionError, Error], E_AUTH: [:AuthError, Error],
      E_UNSUPPORTED: [:Unsupported, Error], E_READONLY: [:ReadOnly, Error], E_CLOSED: [:Closed, Error],
      E_STATE: [:StateError, Error], E_CALLBACK: [:CallbackRefused, Error], E_NOMEM: [:OutOfMemory, Error],
      E_COMMIT_UNKNOWN: [:CommitUnknown, Error], E_CACHE_DOWN: [:CacheDown, Error]
    }.to_h do |status, (name, parent)|
      [Raw.const_get("THING_#{status}"), Thing.const_set(name, Class.new(parent))]
    end.freeze
  end
end

# frozen_string_literal: true

module Thing
  # One database with its models, connections and cache. Thing.connect makes it; any thread may use it. A child of a fork
  # opens it again at its first use, so that a preforking server needs nothing to be done.
  class Database
    def initialize(config) # :nodoc:
      @config = config.is_a?(Hash) ? JSON.generate(config) : config
      @lock = Monitor.new
      @classes = {}
      open
    end

    # The handle, of this process.
    def raw # :nodoc:
      reopen if @generation != Raw.generation
      @raw
    end

    # Ends its connections; what is called later is Thing::Closed. Records stay readable.
    def close = Raw.thing_close(raw)
    def ping = Raw.thing_ping(raw, context)
    # Makes what is missing of the tables of all models.
    def sync
      @lock.synchronize { prepare }
      Raw.thing_schema_sync(raw, context)
    end

    # The SQL that sync would run.
    def plan = Raw.thing_schema_plan(raw, context)
    def info = JSON.parse(Raw.thing_info_json(raw, context))
    def stats(reset: false) = JSON.parse(Raw.thing_cache_stats_json(raw, reset))

    # One action as a JSON document, with a JSON answer (docs/reference/actions.md): call("User", :findMany, take: 5).
    def call(model, action, document = {})
      @lock.synchronize { prepare }
      name = model.is_a?(Class) ? model.model_name_in_database : model.to_s
      answer = Raw.thing_call(raw, context, name, action.to_s, JSON.generate(Codec.plain(document)))
      raise RecordNotFound.new("no such #{name}", model: name) if answer.nil?

      JSON.parse(answer)
    end

    # Rows of a statement that reads, as hashes.
    def sql(statement, *params)
      JSON.parse(Raw.thing_rows_json(Raw.thing_sql(raw, context, statement, arguments(params)), 0))
    end

    # Runs a statement that writes. +tables+ are those it writes; without them everything cached is dropped.
    def execute(statement, *params, tables: nil)
      Raw.thing_exec(raw, context, statement, arguments(params), tables && Array(tables).join(","))
    end

    # The ctx of the transaction that this fiber is in.
    def context # :nodoc:
      stack = Thread.current[:thing_transactions]
      stack && stack[self]&.last
    end

    # Runs the block in a transaction, in another one as a savepoint, and gives what the block gives. An exception rolls back
    # and goes on; Thing::Rollback rolls back and ends here. A block that is left early (+throw+, +break+, a killed
    # thread) rolls back. +attempts+: all of it runs again when the database says that it lost against another.
    def transaction(isolation: nil, read_only: false, deferred: false, attempts: 1)
      flags = flags_of(isolation, read_only, deferred)
      tries = 0
      begin
        tries += 1
        once(flags) { |transaction| yield transaction }
      rescue SerializationFailure, Busy
        raise if tries >= attempts || context

        sleep(rand * 0.01 * (2**[tries, 6].min))
        retry
      end
    end

    # The handle of a class' model, which is registered at its first use.
    def model(klass) # :nodoc:
      current = raw
      @models[klass] || register(current, klass)
    end

    def add(klass) = @lock.synchronize { @classes[klass] = true } # :nodoc:
    def inspect = "#<Thing::Database #{@config[/\A\w+/]}>"

    private

    def open
      @generation = Raw.generation
      @models = {}
      @raw = Raw.thing_open(@config)
    end

    def reopen
      @lock = Monitor.new # the thread that had it may not be in this process
      Thread.current[:thing_transactions] = nil
      open
    end

    def register(_current, klass)
      @lock.synchronize do
        prepare
        @models[klass] or raise ModelError, "#{klass} has no attributes"
      end
    end

    # Registers all classes that are complete, together, as they refer to each other.
    def prepare
      handle = raw
      fresh = Model.classes_of(self).reject { |klass| @models.key?(klass) }
      return if fresh.empty?

      Raw.thing_model_register(handle, JSON.generate(fresh.map(&:document)))
      fresh.each do |klass|
        @models[klass] = Raw.thing_model_find(handle, klass.model_name_in_database)
        klass.registered(@models[klass])
        klass.hooks.each { |event, body| Raw.hook_add(handle, @models[klass], event, in_hook(body), klass) }
      end
    end

    # What a hook calls belongs to the transaction of the write.
    def in_hook(body)
      lambda do |_event, record, context|
        stack = ((Thread.current[:thing_transactions] ||= {}.compare_by_identity)[self] ||= [])
        stack.push(context)
        body.call(record)
      ensure
        stack&.pop
      end
    end

    def arguments(params) = params.empty? ? nil : JSON.generate(Codec.plain(params))

    def once(flags)
      transaction = Raw.thing_tx_begin(raw, context, flags)
      done = false
      result = within(transaction) { yield transaction }
      Raw.thing_tx_commit(transaction)
      done = true
      result
    rescue Rollback
      nil
    ensure
      Raw.thing_tx_rollback(transaction) if transaction && !done && !closed?(transaction)
    end

    # A commit that failed has ended the transaction, but for a lock that did not come.
    def closed?(transaction)
      Raw.thing_tx_savepoint(transaction, "thing_open")
      false
    rescue Closed, StateError
      true
    rescue Error
      false
    end

    def within(transaction)
      stack = ((Thread.current[:thing_transactions] ||= {}.compare_by_identity)[self] ||= [])
      stack.push(Raw.thing_tx_ctx(transaction))
      yield
    ensure
      stack&.pop
    end

    ISOLATION = {read_committed: 4, repeatable_read: 8, serializable: 16}.freeze
    private_constant :ISOLATION

    def flags_of(isolation, read_only, deferred)
      (isolation ? ISOLATION.fetch(isolation) : 0) | (read_only ? 1 : 0) | (deferred ? 2 : 0)
    end
  end
end

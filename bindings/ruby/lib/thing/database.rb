# frozen_string_literal: true

module Thing
  # One database with its models, connections and cache. Thing.connect makes it; any thread may use it. A child of a fork
  # opens it again at its first use, so that a preforking server needs nothing to be done.
  class Database
    def initialize(config) # :nodoc:
      @config = config.is_a?(Hash) ? JSON.generate(config) : config
      @lock = Monitor.new
      @listeners = []
      open
    end

    # The handle, of this process.
    def raw # :nodoc:
      reopen if @generation != Raw.generation
      @raw
    end

    # Ends its connections; what is called later is Thing::Closed. Records stay readable.
    def close
      Raw.close(raw)
    end

    # Runs the smallest query there is: true, or an error that says why not.
    def ping
      Raw.thing_ping(raw, context)
    end

    # Makes what is missing of the tables of all models.
    def sync
      @lock.synchronize { prepare }
      Raw.thing_schema_sync(raw, context)
    end

    # The SQL that sync would run.
    def plan
      Raw.thing_schema_plan(raw, context)
    end

    # The configuration in force, the version of the server, connections and models.
    def info
      JSON.parse(Raw.thing_info_json(raw, context))
    end

    # Numbers of the cache and of the statements that were sent, by name; +reset+ counts from here on.
    def stats(reset: false)
      JSON.parse(Raw.thing_cache_stats_json(raw, reset))
    end

    # One action as a JSON document, with a JSON answer (docs/reference/actions.md): call("User", :findMany, take: 5).
    def call(model, action, document = {})
      JSON.parse(call_json(model, action, JSON.generate(Codec.plain(document))))
    end

    # The same with text in and text out: nothing is parsed here.
    def call_json(model, action, document = "{}")
      @lock.synchronize { prepare }
      name = model.is_a?(Class) ? model.model_name_in_database : model.to_s
      answer = Raw.thing_call(raw, context, name, action.to_s, document)
      raise RecordNotFound.new("no such #{name}", model: name) if answer.nil?

      answer
    end

    # Rows of a statement that reads, as hashes.
    def sql(statement, *params)
      JSON.parse(Raw.thing_rows_json(Raw.thing_sql(raw, context, statement, arguments(params)), 0))
    end

    # Runs a statement that writes. +tables+ are those it writes; without them everything cached is dropped.
    def execute(statement, *params, tables: nil)
      Raw.thing_exec(raw, context, statement, arguments(params), tables && Array(tables).join(","))
    end

    # The ctx of calls of this fiber: that of a transaction, or of with.
    def context # :nodoc:
      Calls.current(self)
    end

    # Runs the block, whose calls of this database have these options:
    # +timeout+:: seconds, after which they fail with Thing::Timeout; a shorter one around it holds, too
    # +with_deleted+, +only_deleted+:: softly deleted rows too, or alone
    # +unscoped+:: rows that default scopes hide, too
    # +cache+:: false: reads are answered by the database
    # +hooks+:: false: none run; +mute+: none of these models run
    # +timestamps+:: false: times of saves stay as they are
    # +tag+:: a label for the log
    def with(timeout: nil, tag: nil, mute: [], **options, &block)
      Calls.with(self, Calls.flags(options), timeout: timeout, tag: tag, mute: Array(mute).map { |klass| model(klass) }, &block)
    end

    # Calls the block with records and events (:before_save, ...) of a model, or of all: what class macros do for all
    # records, for a while. Gives a Hook, which can be removed.
    def on(*events, model: nil, &block)
      handle = model && self.model(model)
      bits = events.sum { |event| Definition.event(event) }
      Hook.new(self, Raw.hook_add(raw, handle, bits, in_hook(block), model))
    end

    # What Database#on added.
    class Hook
      def initialize(database, id) # :nodoc:
        @database = database
        @id = id
      end

      # It is not called any more. false: it was removed before.
      def remove
        Raw.hook_remove(@database.raw, @id) || false
      end
    end

    # Runs the block in a transaction, in another one as a savepoint, and gives what the block gives. An exception rolls back
    # and goes on; Thing::Rollback rolls back and ends here. A block that is left early (+throw+, +break+, +return+, a
    # killed thread) rolls back, and after_rollback hears of it. +attempts+: all of it runs again when the database says
    # that it lost against another.
    def transaction(isolation: nil, read_only: false, deferred: false, attempts: 1)
      flags = flags_of(isolation, read_only, deferred)
      tries = 0
      begin
        tries += 1
        once(flags) { |transaction| yield transaction }
      rescue SerializationFailure, Busy
        raise if tries >= attempts || Raw.in_transaction?(context)

        sleep(rand * 0.01 * (2**[tries, 6].min))
        retry
      end
    end

    # The handle of a class' model, which is registered at its first use.
    def model(klass) # :nodoc:
      current = raw
      @models[klass] || register(current, klass)
    end

    # Names what kind of database it is, and never a password.
    def inspect
      "#<Thing::Database #{@config[/\A\w+/]}>"
    end

    private

    def open
      @generation = Raw.generation
      @models = {}
      @raw = Raw.open(@config)
      Raw.unbind
    end

    # In a child of the process that opened it. The thread that had the lock may not be in this one.
    def reopen
      @lock = Monitor.new
      Calls.forget(self)
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
      found = fresh.to_h { |klass| [klass, Raw.thing_model_find(handle, klass.model_name_in_database)] }
      found.each do |klass, model|
        klass.registered(model)
        klass.hooks.each { |event, body| Raw.hook_add(handle, model, event, in_hook(body), klass) }
      end
      @models.merge!(found)
    end

    # What a hook calls belongs to the transaction of the write.
    def in_hook(body)
      lambda do |event, record, context|
        outer = self.context
        Calls.inside(self, context ? Raw.inherit(context, outer) : outer) do
          body.arity == 1 || body.arity.zero? ? body.call(record) : body.call(record, Definition.name_of(event))
        end
      rescue Error => e
        raise e.about(Raw.thing_model_name(Raw.thing_obj_model(record)))
      end
    end

    def arguments(params)
      params.empty? ? nil : JSON.generate(Codec.plain(params))
    end

    def once(flags)
      outer = context
      held = []
      done = false
      Raw.begin_into(held, raw, outer, flags)
      transaction = held.first
      result = Calls.inside(self, Calls.carry(transaction, outer)) { yield transaction }
      Raw.thing_tx_commit(transaction)
      done = true
      result
    rescue Rollback
      nil
    ensure
      undo(held.first) if held&.first && !done
    end

    # A transaction that is over already, or whose connection is lost, is undone.
    def undo(transaction)
      Raw.thing_tx_rollback(transaction)
    rescue Error
      nil
    end

    ISOLATION = {read_committed: 4, repeatable_read: 8, serializable: 16}.freeze
    private_constant :ISOLATION

    def flags_of(isolation, read_only, deferred)
      (isolation ? ISOLATION.fetch(isolation) : 0) | (read_only ? 1 : 0) | (deferred ? 2 : 0)
    end
  end
end

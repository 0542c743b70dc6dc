# frozen_string_literal: true

module Thing
  # A record. Classes of an application inherit from it and declare attributes and relations (Definition); what they find
  # are their instances. An instance belongs to one thread at a time.
  class Model < Raw::Record
    DELETE = {default: 0, soft: 1, hard: 2}.freeze

    @known = []
    class << self
      def inherited(klass) # :nodoc:
        super
        klass.extend(Definition)
        Model.known << klass
      end

      attr_reader :known # :nodoc:

      # The classes that are complete and belong to a database.
      def classes_of(database) # :nodoc:
        @known.select { |klass| klass.name && klass.defined_here? && klass.database.equal?(database) }
      end

      # The database of the class: the default one, unless it names another: database :archive.
      def database(name = nil)
        @database_name = name if name
        Thing.database(@database_name || :default)
      end

      def raw_model = database.model(self) # :nodoc:
      def field_index(name) = @indexes[name] || raise(InvalidArgument, "#{self} has no field '#{name}'") # :nodoc:
      def field_names = (raw_model; @indexes.keys)
      def column_names = field_names.map(&:name)

      def registered(model) # :nodoc:
        @registered = true
        @indexes = (0...Raw.thing_model_field_count(model)).to_h { |i| [Raw.thing_model_field_name(model, i).to_sym, i] }
        @key = @indexes.keys.find { |name| Raw.thing_model_field_flags(model, @indexes[name]).anybits?(Raw::THING_FIELD_PRIMARY) }
        define_attribute(:id, :int, false) unless @generated&.method_defined?(:id)
      end

      def primary_key = (raw_model; @key)
      def not_found = RecordNotFound.new("no such #{name}", model: model_name_in_database) # :nodoc:

      def all = Relation.new(self)
      %i[where order limit offset includes select count pluck exists? first first! sole find_by find_by! find_each in_batches
         ids unscoped update_all delete_all lock to_sql explain].each do |name|
        define_method(name) { |*args, **named, &block| all.public_send(name, *args, **named, &block) }
      end

      # The record with the key, or those with the keys, in their order. Thing::RecordNotFound when one is not there.
      def find(key, *more)
        return find_all(more.empty? ? key : [key, *more]) if key.is_a?(Array) || !more.empty?

        find_or_nil(key) || raise(not_found)
      end

      def find_or_nil(key) # :nodoc:
        db = database
        return Raw.find(db.raw, db.context, db.model(self), key, self) if key.is_a?(Integer) && Codec::INT64.cover?(key)

        object = Raw.thing_by_key(db.raw, db.context, db.model(self), JSON.generate(Codec.plain(key)))
        object && Raw.adopt(allocate, object)
      end

      def create(values = {}, **more) = new(values, **more).tap(&:save)
      def create!(values = {}, **more) = new(values, **more).tap(&:save!)
      def transaction(**options, &block) = database.transaction(**options, &block)

      # Saves all or none, many rows a statement.
      def insert_all(rows)
        records = rows.map { |row| row.is_a?(Model) ? row : new(row) }
        Raw.thing_save_many(database.raw, database.context, records)
        records
      end

      def call(action, document = {}) = database.call(self, action, document)

      private

      def find_all(keys)
        db = database
        rows = Raw.thing_by_keys(db.raw, db.context, db.model(self), JSON.generate(Codec.plain(keys)))
        found = Raw.rows_to_a(rows, self)
        found.size == keys.size ? found : raise(not_found)
      end

      def define_attribute(name, type, list)
        document = list || type == :json
        generated = (@generated ||= Module.new.tap { |made| include(made) })
        generated.define_method(name) do
          value = Raw.get(self, self.class.field_index(name))
          document ? Codec.load(value) : value
        end
        generated.define_method(:"#{name}=") { |value| Codec.set(self, self.class.field_index(name), type, list, value) }
        generated.define_method(:"#{name}?") { value = public_send(name); value && value != 0 && value != "" } if type == :bool
        generated.define_method(:"#{name}_changed?") { Raw.thing_obj_dirty(self, self.class.field_index(name)) }
        generated.define_method(:"#{name}_was") do
          value = Raw.original(self, self.class.field_index(name))
          document ? Codec.load(value) : value
        end
      end

      def define_relation(name)
        related = relations.fetch(name)
        generated = (@generated ||= Module.new.tap { |made| include(made) })
        return generated.define_method(name) { Collection.new(self, related) } if related.many?

        generated.define_method(name) { related_one(related) }
        writer = related.kind == :belongs_to ? :thing_obj_set_related : :thing_obj_add_related
        generated.define_method(:"#{name}=") { |other| Raw.public_send(writer, self, name.name, other) }
      end
    end

    def initialize(values = {}, **more)
      super()
      Raw.adopt(self, Raw.thing_obj_new(self.class.raw_model))
      assign(values) unless values.empty?
      assign(more) unless more.empty?
    end

    def initialize_clone(other, **) # :nodoc:
      Raw.adopt(self, Raw.thing_obj_clone(other))
    end

    # A new record with the values of this one but for its key and what the library manages.
    def initialize_dup(other) # :nodoc:
      Raw.adopt(self, Raw.thing_obj_replicate(other, []))
    end

    def assign(values)
      values.each { |name, value| public_send(:"#{name}=", value) }
      self
    end
    alias assign_attributes assign

    def [](name) = public_send(name)
    def []=(name, value)
      public_send(:"#{name}=", value)
    end

    # The values of all fields that are loaded.
    def attributes
      self.class.field_names.each_with_object({}) { |name, all| all[name.name] = public_send(name) if loaded?(name) }
    end

    def loaded?(name) = Raw.thing_obj_field_state(self, self.class.field_index(name)) & 3 != Raw::THING_STATE_MISSING
    def new_record? = Raw.thing_obj_state(self).anybits?(Raw::THING_OBJ_NEW)
    def destroyed? = Raw.thing_obj_state(self).anybits?(Raw::THING_OBJ_DELETED)
    def persisted? = Raw.thing_obj_state(self).nobits?(Raw::THING_OBJ_NEW | Raw::THING_OBJ_DELETED)

    # true; false when rules are broken (see errors) or the row is gone. What the database refuses is raised.
    def save
      save!
      true
    rescue RecordInvalid, NotNullViolation => e
      @errors = e
      false
    rescue RecordNotFound
      false
    end

    def save!
      @errors = nil
      Raw.thing_save(db.raw, db.context, self) || raise(self.class.not_found)
      self
    end

    def update(values) = assign(values).save
    def update!(values) = assign(values).save!

    # Deletes the row, softly where the model does so. false: it was not there.
    def destroy(mode: :default) = Raw.thing_delete(db.raw, db.context, self, DELETE.fetch(mode)) || false
    def destroy!(mode: :default) = destroy(mode: mode) || raise(self.class.not_found)
    alias delete destroy
    def restore = Raw.thing_restore(db.raw, db.context, self) || false

    # Reads the row again and drops changes.
    def reload
      Raw.thing_reload(db.raw, db.context, self) || raise(self.class.not_found)
      self
    end

    # Inserts, or updates the row with the same values in +by+, in one statement.
    def upsert(by: [])
      Raw.thing_upsert(db.raw, db.context, self, Array(by).map { |name| self.class.field_index(name) })
      self
    end

    # Adds in the database; the record has the new number.
    def increment!(name, by = 1)
      key = JSON.generate(Codec.plain(id))
      found = Raw.thing_incr_by_key(db.raw, db.context, self.class.raw_model, key, self.class.field_index(name), by)
      raise self.class.not_found if found.nil?

      reload
    end

    def valid?
      Raw.thing_obj_validate(self)
      @errors = nil
      true
    rescue RecordInvalid, NotNullViolation => e
      @errors = e
      false
    end

    # The rules that the last save or valid? found broken: [[:name, "minLength", message], ...].
    def errors
      return [] unless @errors
      return [[@errors.field.to_sym, "required", @errors.message]] if @errors.failures.empty?

      @errors.failures.map { |one| [one["field"].to_sym, one["rule"], one["message"]] }
    end

    def changed? = Raw.thing_obj_dirty(self, -1)
    def changed = changes.keys
    # {"name" => [old, new]}, as JSON has the values.
    def changes = JSON.parse(Raw.thing_obj_changes_json(self))
    def saved_changes = JSON.parse(Raw.thing_obj_saved_changes_json(self))
    def saved_changes? = Raw.thing_obj_was_changed(self, -1)

    def restore_attributes(*names)
      return Raw.thing_obj_revert(self, -1) if names.empty?

      names.each { |name| Raw.thing_obj_revert(self, self.class.field_index(name.to_sym)) }
    end

    # JSON of the library, of all fields but hidden ones or of those that +fields+ chooses: "name,posts{title}".
    def to_json(*, fields: nil) = fields ? Raw.thing_obj_json_fields(self, fields, 0) : Raw.thing_obj_json(self, 0)
    def as_json(*) = JSON.parse(to_json)

    def deconstruct_keys(names)
      (names || self.class.field_names).each_with_object({}) { |name, all| all[name] = public_send(name) if respond_to?(name) }
    end

    # Two records are one when they stand for one row.
    def ==(other) = equal?(other) || (other.instance_of?(self.class) && !id.nil? && id == other.id)
    alias eql? ==
    def hash = id.nil? ? super : [self.class, id].hash
    def inspect = "#<#{self.class} #{attributes.map { |name, value| "#{name}: #{value.inspect}" }.join(", ")}>"

    # What the extension finds of the rows of a relation.
    def load_related(related, again: false) # :nodoc:
      Raw.thing_related(db.raw, db.context, self, related.name.name, again ? Raw::THING_LOAD_AGAIN : 0)
    end

    private

    def db = self.class.database

    def related_one(related)
      object = Raw.thing_related_one(db.raw, db.context, self, related.name.name, 0)
      object && Raw.adopt(related.target.allocate, object)
    end
  end

  # The rows of a relation to many, of one record: loaded when they are first asked for, and kept with it.
  class Collection
    include Enumerable

    def initialize(owner, related) # :nodoc:
      @owner = owner
      @related = related
    end

    def each(&block) = block ? (to_a.each(&block); self) : to_enum
    def to_a = Raw.rows_to_a(@owner.load_related(@related), @related.target)
    alias to_ary to_a
    def size = to_a.size
    alias length size
    def empty? = size.zero?
    def [](index) = to_a[index]
    def reload = (@owner.load_related(@related, again: true); self)
    def ==(other) = to_a == other.to_a
    def inspect = to_a.inspect

    # A record that is saved with its owner, after it.
    def build(values = {}, **more)
      child = @related.target.new(values, **more)
      Raw.thing_obj_add_related(@owner, @related.name.name, child)
      child
    end

    # Makes saved records the owner's, or no longer; at once.
    def <<(record) = (link(Raw::THING_LINK_ADD, [record]); self)
    def add(*records) = link(Raw::THING_LINK_ADD, records)
    def remove(*records) = link(Raw::THING_LINK_REMOVE, records)
    def replace(records) = link(Raw::THING_LINK_SET, records)

    private

    def link(mode, records)
      db = @owner.class.database
      keys = JSON.generate(Codec.plain(records.flatten))
      done = Raw.thing_link(db.raw, db.context, @owner, @related.name.name, mode, keys, nil)
      raise @related.target.not_found if done.nil?

      @owner.load_related(@related, again: true)
      done
    end
  end
end

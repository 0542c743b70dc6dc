# frozen_string_literal: true

module Thing
  class Model
    # A record that is not saved, with these values.
    def initialize(values = {}, **more)
      super()
      Raw.make(self, self.class.raw_model)
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

    # As dup, without the values of some more attributes.
    def replicate(except: [])
      places = Array(except).map { |name| self.class.field_index(name) }
      Raw.adopt(self.class.allocate, Raw.thing_obj_replicate(self, places))
    end

    # Sets many attributes.
    def assign(values)
      values.each { |name, value| public_send(self.class.writer(name), value) }
      self
    end
    alias assign_attributes assign

    # Sets attributes from outside (a form): those that are not fillable are left out, or are Thing::InvalidArgument when
    # +strict+; +if_absent+ sets those alone that have no value.
    def fill(values, strict: false, if_absent: false)
      flags = (strict ? Raw::THING_FILL_STRICT : 0) | (if_absent ? Raw::THING_FILL_IF_ABSENT : 0)
      Raw.thing_obj_fill_json(self, JSON.generate(Codec.plain(values)), flags)
      self
    end

    # The value of an attribute.
    def [](name)
      self.class.field_index(name)
      public_send(name)
    end

    # Sets an attribute.
    def []=(name, value)
      self.class.field_index(name)
      public_send(self.class.writer(name), value)
    end

    # The values of all fields that are loaded.
    def attributes
      self.class.field_names.each_with_object({}) { |name, all| all[name.name] = public_send(name) if loaded?(name) }
    end

    # Whether the record holds the field: not after select, and not while a new record has not set it.
    def loaded?(name)
      Raw.state(self, self.class.field_index(name)) & 3 != Raw::THING_STATE_MISSING
    end

    # Whether it was never saved.
    def new_record?
      Raw.object_state(self).anybits?(Raw::THING_OBJ_NEW)
    end

    # Whether its row was deleted.
    def destroyed?
      Raw.object_state(self).anybits?(Raw::THING_OBJ_DELETED)
    end

    # Whether it has a row.
    def persisted?
      Raw.object_state(self).nobits?(Raw::THING_OBJ_NEW | Raw::THING_OBJ_DELETED)
    end

    # true; false when rules are broken (see errors) or the row is gone. What the database refuses is raised.
    def save
      save!
      true
    rescue RecordInvalid, NotNullViolation
      false
    rescue RecordNotFound
      false
    end

    # Inserts a new record with all that was built for it, or updates the columns that changed; Thing::RecordInvalid when rules
    # are broken, Thing::RecordNotFound when the row is gone.
    def save!
      @errors&.clear
      Raw.thing_save(db.raw, db.context, self) || raise(self.class.not_found)
      self
    rescue RecordInvalid, NotNullViolation => e
      errors.take(e)
      raise
    end

    # Sets attributes and saves, as save.
    def update(values)
      assign(values).save
    end

    # Sets attributes and saves, as save!.
    def update!(values)
      assign(values).save!
    end

    # Deletes the row, softly where the model does so. false: it was not there.
    def destroy(mode: :default)
      Raw.thing_delete(db.raw, db.context, self, DELETE.fetch(mode)) || false
    end

    # As destroy; Thing::RecordNotFound when the row was not there.
    def destroy!(mode: :default)
      destroy(mode: mode) || raise(self.class.not_found)
    end

    alias delete destroy
    # Takes a soft delete back. false: there was nothing to take back.
    def restore
      Raw.thing_restore(db.raw, db.context, self) || false
    end

    # Reads the row again and drops changes.
    def reload
      Raw.thing_reload(db.raw, db.context, self) || raise(self.class.not_found)
      self
    end

    # The row as it is now, as another record; nil when it is gone.
    def fresh
      object = Raw.thing_fresh(db.raw, db.context, self)
      object && Raw.adopt(self.class.allocate, object)
    end

    # Loads relations, and numbers about them, as Relation#includes: load_relations(:author, _count: {select: {books: true}}).
    def load_relations(*names, **nested)
      document = JSON.generate(Conditions.include(names, nested))
      Raw.thing_obj_load(db.raw, db.context, self, document) || raise(self.class.not_found)
      self
    end

    # A number about the rows of a relation that was loaded with it: related_number("_count.books"), related_number("_sum.orders.total").
    def related_number(path)
      Raw.thing_obj_related_int64(self, path)
    rescue TypeMismatch
      begin
        Raw.thing_obj_related_double(self, path)
      rescue TypeMismatch
        BigDecimal(Raw.thing_obj_related_text(self, path))
      end
    end

    # Locks the row until the transaction ends, and reads it again.
    def lock!
      self.class.where(key_conditions).lock.first || raise(self.class.not_found)
      db.with(cache: false) { reload }
    end

    # A transaction in which the row is locked.
    def with_lock(&block)
      db.transaction { lock!; block.call(self) }
    end

    # Inserts, or updates the row with the same values in +by+, in one statement.
    def upsert(by: [])
      Raw.thing_upsert(db.raw, db.context, self, Array(by).map { |name| self.class.field_index(name) })
      self
    end

    # Adds in the database; the record has the new number.
    def increment!(name, by = 1)
      self.class.increment(id, name, by)
      reload
    end

    # Takes away in the database; the record has the new number.
    def decrement!(name, by = 1)
      increment!(name, -by)
    end

    # Edits the document of a json field: json_set(:prefs, "/colors/0", "red"). The path is a JSON Pointer.
    def json_set(name, path, value)
      Raw.thing_obj_json_set(self, self.class.field_index(name), path, JSON.generate(Codec.plain(value)))
      self
    end

    # Takes something out of the document of a json field.
    def json_remove(name, path)
      Raw.thing_obj_json_remove(self, self.class.field_index(name), path)
      self
    end

    # Lays a patch over the document of a json field (RFC 7396): json_merge(:prefs, theme: "dark", old: nil).
    def json_merge(name, patch)
      Raw.thing_obj_json_merge(self, self.class.field_index(name), JSON.generate(Codec.plain(patch)))
      self
    end

    # Whether the rules of the model hold: see errors.
    def valid?
      validate!
      true
    rescue RecordInvalid, NotNullViolation
      false
    end

    # Whether they do not.
    def invalid?
      !valid?
    end

    # As valid?; Thing::RecordInvalid lists what is wrong.
    def validate!
      run_validators
      Raw.thing_obj_validate(self)
      self
    rescue RecordInvalid, NotNullViolation => e
      errors.take(e)
      raise
    end

    # What the last save or valid? found wrong: Violations, each [:name, "minLength", message].
    def errors
      @errors ||= Violations.new
    end

    # Rules that are written in Ruby; those of the library join them when one of them is broken.
    def run_validators # :nodoc:
      @errors&.clear
      return if self.class.validators.empty?

      self.class.validators.each { |rule| rule.call(self) }
      return if errors.empty?

      begin
        Raw.thing_obj_validate(self)
      rescue RecordInvalid => e
        e.failures.each { |one| errors.add(one["field"], one["rule"], one["message"]) }
      rescue NotNullViolation
        nil
      end
      raise errors.to_error(self.class.model_name_in_database)
    end

    # Whether anything differs from the row.
    def changed?
      Raw.dirty?(self, -1)
    end

    # The names of the attributes that differ from the row.
    def changed
      changes.keys
    end

    # {"name" => [old, new]}, as JSON has the values.
    def changes
      JSON.parse(Raw.thing_obj_changes_json(self))
    end

    # {"name" => [old, new]} of what the last save wrote.
    def saved_changes
      JSON.parse(Raw.thing_obj_saved_changes_json(self))
    end

    # Whether the last save wrote anything.
    def saved_changes?
      Raw.thing_obj_was_changed(self, -1)
    end

    # Whether the last save wrote this attribute.
    def saved_change_to?(name)
      Raw.thing_obj_was_changed(self, self.class.field_index(name))
    end

    # Takes the changes of these attributes back, or all.
    def restore_attributes(*names)
      return Raw.thing_obj_revert(self, -1) if names.empty?

      names.each { |name| Raw.thing_obj_revert(self, self.class.field_index(name.to_sym)) }
    end

    # JSON of the library, of all fields but hidden ones, or of those that +fields+ chooses: "name,posts{title}". +hidden+: these
    # too.
    def to_json(*, fields: nil, hidden: false)
      flags = hidden ? Raw::THING_JSON_HIDDEN : 0
      fields ? Raw.thing_obj_json_fields(self, fields, flags) : Raw.thing_obj_json(self, flags)
    end

    # What to_json prints, as a hash.
    def as_json(*, **options)
      JSON.parse(to_json(**options.slice(:fields, :hidden)))
    end

    # For Marshal: a record that has a row, as it was loaded or with its changes.
    def marshal_dump
      raise StateError, "a new record has no row that would be kept" if new_record?

      {"row" => Raw.thing_obj_pack(self).force_encoding(Encoding::BINARY)}
    end

    # Gives a record that was kept its row.
    def marshal_load(kept)
      Raw.adopt(self, Raw.thing_obj_unpack(self.class.raw_model, kept.fetch("row")))
    end

    # For ActiveModel and Rails: itself.
    def to_model
      self
    end

    # For ActiveModel: the values of the key, or nil.
    def to_key
      id.nil? ? nil : Array(id)
    end

    # For URLs: the key as text, or nil.
    def to_param
      persisted? ? to_key&.join("-") : nil
    end

    # For ActiveModel: where a view of it lies.
    def to_partial_path
      word = self.class.name.gsub(/([a-z\d])([A-Z])/, '\1_\2').gsub("::", "/").downcase
      "#{self.class.table_name}/#{word.split("/").last}"
    end

    # For ActiveModel.
    def model_name
      self.class.model_name
    end

    # For patterns: <tt>case user in {name: "Ann", age: 18..}</tt>.
    def deconstruct_keys(names)
      names ||= self.class.field_names.select { |name| loaded?(name) }
      names.each_with_object({}) { |name, all| all[name] = public_send(name) if respond_to?(name) }
    end

    # Two records are one when they stand for one row.
    def ==(other)
      equal?(other) || (other.instance_of?(self.class) && !id.nil? && id == other.id)
    end

    alias eql? ==
    # Records of one row are one key of a hash.
    def hash
      id.nil? ? super : [self.class, id].hash
    end

    # The class and what is loaded.
    def inspect
      "#<#{self.class} #{attributes.map { |name, value| "#{name}: #{value.inspect}" }.join(", ")}>"
    end

    # What the extension finds of the rows of a relation.
    def load_related(related, again: false) # :nodoc:
      Raw.thing_related(db.raw, db.context, self, related.name.name, again ? Raw::THING_LOAD_AGAIN : 0)
    end

    # The record of a relation to one; +strict+: one that is referred to and absent is Thing::ForeignKeyViolation.
    def related(name, strict: false, again: false)
      related_one(self.class.relations.fetch(name.to_sym), (strict ? Raw::THING_LOAD_STRICT : 0) | (again ? Raw::THING_LOAD_AGAIN : 0))
    end

    private

    def db
      self.class.database
    end

    def key_conditions
      key = self.class.primary_key
      key.is_a?(Array) ? key.zip(id).to_h : {key => id}
    end

    def read(how, name, document)
      value = Raw.public_send(how, self, self.class.field_index(name))
      document ? Codec.load(value) : value
    end

    def related_one(related, flags = 0)
      object = Raw.thing_related_one(db.raw, db.context, self, related.name.name, flags)
      object && Raw.adopt(related.target_of(object).allocate, object)
    end
  end
end

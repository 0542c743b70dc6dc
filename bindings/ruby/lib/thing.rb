# frozen_string_literal: true

require "bigdecimal"
require "date"
require "json"
require "monitor"
require "time"

# Data access with a cache that is right, on SQLite, PostgreSQL and MariaDB. Thing.connect opens a database, classes that
# inherit from Thing::Model are what is in it.
module Thing
  require "thing/version"
  require "thing_raw"
  # The functions of thing.h, one by one; not for applications.
  Raw = ::Thing_raw

  @databases = {}
  class << self
    # Opens a database by its URL, or {url: ..., cache: ...} (thing_open in thing.h). The name is for Model.database.
    def connect(config, name: :default)
      @databases[name] = Database.new(config)
    ensure
      Raw.unbind
    end

    # The database that was connected under this name.
    def database(name = :default)
      @databases[name] || raise(StateError, "no database '#{name}': call Thing.connect first")
    end

    # The version of the library that is loaded.
    def version
      Raw.thing_version
    end

    %i[transaction with on call call_json sql execute sync].each do |name|
      define_method(name) { |*args, **named, &block| database.public_send(name, *args, **named, &block) }
    end

    # Closes all databases.
    def close
      @databases.each_value(&:close)
    end
  end
end

require "thing/errors"
require "thing/violations"
require "thing/codec"
require "thing/calls"
require "thing/definition"
require "thing/rules"
require "thing/model"
require "thing/record"
require "thing/collection"
require "thing/conditions"
require "thing/relation"
require "thing/numbers"
require "thing/database"

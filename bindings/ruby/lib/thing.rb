# frozen_string_literal: true

require "bigdecimal"
require "date"
require "json"
require "monitor"

# Data access with a cache that is right, on SQLite, PostgreSQL and MariaDB. Thing.connect opens a database, classes that
# inherit from Thing::Model are what is in it.
module Thing
  require "thing_raw"
  Raw = ::Thing_raw # The functions of thing.h, one by one; not for applications.

  @databases = {}
  class << self
    # Opens a database by its URL, or {url: ..., cache: ...} (thing_open in thing.h). The name is for Model.database.
    def connect(config, name: :default) = @databases[name] = Database.new(config)

    def database(name = :default)
      @databases[name] || raise(StateError, "no database '#{name}': call Thing.connect first")
    end

    def version = Raw.thing_version

    %i[transaction call sql execute sync].each do |name|
      define_method(name) { |*args, **named, &block| database.public_send(name, *args, **named, &block) }
    end

    def close = @databases.each_value(&:close)
  end
end

require "thing/errors"
require "thing/codec"
require "thing/definition"
require "thing/model"
require "thing/relation"
require "thing/database"

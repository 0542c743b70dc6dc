# frozen_string_literal: true

require_relative "lib/thing/version"

Gem::Specification.new do |spec|
  spec.name = "thing"
  spec.version = Thing::VERSION
  spec.summary = "Data access with a cache that is right"
  spec.description = "Models, relations, nested transactions and typed errors on SQLite, PostgreSQL and MariaDB, " \
                     "with a coherent cache in memory and Redis. Needs the library libthing."
  spec.authors = ["The libthing authors"]
  spec.license = "Apache-2.0"
  spec.required_ruby_version = ">= 3.1"
  spec.files = Dir["lib/**/*.rb", "ext/**/*.{rb,h,cxx}", "sig/**/*.rbs", "README.md", "LICENSE"]
  spec.extensions = ["ext/thing/extconf.rb"]
  spec.extra_rdoc_files = ["README.md"]
  spec.metadata = {"rubygems_mfa_required" => "true"}
end

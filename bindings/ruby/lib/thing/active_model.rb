# frozen_string_literal: true

require "active_model"

module Thing
  # Where ActiveModel is, records are what forms, paths and serializers of Rails expect: require "thing/active_model", which
  # require "thing" does by itself behind Rails.
  class Model
    extend ActiveModel::Naming
    extend ActiveModel::Translation
    include ActiveModel::Conversion
  end
end

# frozen_string_literal: true

# The scenario's models as classes. The scenario registers its own documents first, so that a class which says anything else
# than they do is refused.
module Scenario
  class User < Thing::Model
    attribute :id, :int, primary: true
    attribute :email, unique: true, trim: true, case: "lower", max_length: 100, pattern: "@"
    attribute :name, null: true, max_length: 20_000
    attribute :role, :enum, values: %w[admin user], default: "user"
    attribute :age, :int, null: true, min: 0, max: 150
    attribute :balance, :decimal, default: BigDecimal("0.5")
    attribute :active, :bool, default: true
    attribute :secret, null: true
    timestamps created: :createdAt, updated: :updatedAt
    soft_delete :deletedAt
    version
    scope :grown, where: {age: {gte: 18}}, order: {age: :desc}
    guarded :role, :balance
    hidden :secret, :createdAt, :updatedAt, :deletedAt
  end

  class Sample < Thing::Model
    attribute :id, :int, primary: true
    attributes yes: :bool?, number: :int?, real: :float?, exact: :decimal?, words: :text?, raw: :bytes?, moment: :datetime?,
               day: :date?, hour: :time?, token: :uuid?, document: :json?
    attribute :colour, :enum, values: %w[red grün 蓝], null: true
    attribute :tags, list: true, null: true
    attribute :numbers, :int, list: true, null: true
  end

  class Seat < Thing::Model
    attribute :hall, primary: true
    attribute :place, :int, primary: true
    attribute :guest, null: true
    attribute :sold, :int, default: 0
  end

  class Device < Thing::Model
    attribute :id, :uuid, primary: true
    attribute :label
    attribute :uses, :int, null: true
  end

  class Word < Thing::Model
    attribute :text, primary: true
    attribute :count, :int, default: 0
  end

  class Entry < Thing::Model
    attribute :line
  end

  class Author < Thing::Model
    attribute :id, :int, primary: true
    attribute :name
    has_one :profile
    has_many :books
    has_many :long, class_name: "Book", where: {pages: {gte: 300}}, orderBy: {pages: :desc}
    has_many :tags, through: :books
  end

  class Profile < Thing::Model
    attribute :id, :int, primary: true
    belongs_to :author, fields: [:authorId], unique: true, on_delete: :cascade
    attribute :text
  end

  class Book < Thing::Model
    attribute :id, :int, primary: true
    belongs_to :author, fields: [:authorId], optional: true, on_delete: :restrict
    attribute :title
    attribute :pages, :int
    has_and_belongs_to_many :tags, through: :Label
  end

  class Tag < Thing::Model
    attribute :id, :int, primary: true
    attribute :label, unique: true
    has_and_belongs_to_many :books, through: :Label
  end

  class Label < Thing::Model
    attribute :bookId, :int, primary: true
    attribute :tagId, :int, primary: true
    belongs_to :book, fields: [:bookId], on_delete: :cascade
    belongs_to :tag, fields: [:tagId], on_delete: :cascade
    attribute :weight, :int, null: true
  end
end

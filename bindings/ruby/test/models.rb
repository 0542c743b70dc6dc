# frozen_string_literal: true

class Author < Thing::Model
  attribute :name, unique: true, min_length: 2, max_length: 40
  attributes age: :int?, balance: :decimal?, prefs: :json?, joined: :datetime?, born: :date?, wakes: :time?
  attributes photo: :bytes?, token: :uuid?, weight: :float?, active: :bool?
  attribute :tags, :text, list: true, default: []
  timestamps
  has_many :books
  has_one :profile
  scope :grown, where: {age: {gte: 18}}
  scope(:older) { |than| where(age: than..) }
end

class Profile < Thing::Model
  attribute :motto
  belongs_to :author, unique: true
end

class Book < Thing::Model
  attribute :title
  attribute :stars, :int, default: 0
  belongs_to :author, optional: true
  has_and_belongs_to_many :labels
  soft_delete
  version
end

class Label < Thing::Model
  attribute :word
  has_and_belongs_to_many :books
end

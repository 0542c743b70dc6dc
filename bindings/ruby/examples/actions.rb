# frozen_string_literal: true

# A shelf of books through one function: makes them, asks and changes them, all as documents.
#
# usage: actions.rb [URL]

require_relative "show"

class Book < Thing::Model
  table :example_books
  attribute :isbn, unique: true
  attributes title: :text, shelf: :text, price: :decimal
  attribute :lent, :int, default: 0
end

def fill
  Show.act("Book", "deleteMany", '{"all": true}', '{"count":0}')
  Show.act("Book", "createMany",
           '{"data": [{"isbn": "1", "title": "Dune", "shelf": "A", "price": "12.50"},' \
           '{"isbn": "2", "title": "Emma", "shelf": "B", "price": "7.25"},' \
           '{"isbn": "3", "title": "Ulysses", "shelf": "B", "price": "20.00"}]}', '{"count":3}')
  Show.act("Book", "createMany",
           '{"skipDuplicates": true, "data": [{"isbn": "3", "title": "Ulysses", "shelf": "B", "price": "1"},' \
           '{"isbn": "4", "title": "Walden", "shelf": "A", "price": "9.75"}]}', '{"count":1}')
end

def ask
  Show.act("Book", "findUnique", '{"where": {"isbn": "2"}, "select": ["title", "price"]}', '{"title":"Emma","price":"7.25"}')
  Show.act("Book", "findUnique", '{"where": {"isbn": "none"}}', "null")
  Show.act("Book", "findMany",
           '{"where": {"price": {"lt": 15}}, "orderBy": {"price": "desc"}, "take": 2, "select": {"title": true}}',
           '[{"title":"Dune"},{"title":"Walden"}]')
  Show.act("Book", "findMany", '{"distinct": ["shelf"], "orderBy": {"price": "asc"}, "select": ["title"]}',
           '[{"title":"Emma"},{"title":"Walden"}]')
  Show.act("Book", "groupBy",
           '{"by": ["shelf"], "_count": true, "_sum": {"price": true}, "orderBy": {"_sum": {"price": "desc"}}}',
           '[{"shelf":"B","_count":2,"_sum":{"price":"27.25"}},{"shelf":"A","_count":2,"_sum":{"price":"22.25"}}]')
  Show.refuse("Book", "findMany", '{"where": {"price": {"below": 15}}}', "where.price: found operator 'below'")
end

# Two books are lent, or none.
def lend(one, other, keep:)
  Thing.transaction do
    lend_one(one, '{"lent":1}')
    lend_one(other, keep ? '{"lent":1}' : "not found")
    raise Thing::Rollback unless keep
  end
end

def lend_one(isbn, expected)
  Show.act("Book", "update",
           %({"where": {"isbn": "#{isbn}"}, "data": {"lent": {"increment": 1}}, "select": ["lent"]}), expected)
end

def change
  lend("1", "missing", keep: false)
  Show.act("Book", "aggregate", '{"_sum": {"lent": true}}', '{"_sum":{"lent":0}}')
  lend("1", "2", keep: true)
  Show.act("Book", "aggregate", '{"_sum": {"lent": true}}', '{"_sum":{"lent":2}}')
  Show.act("Book", "upsert",
           '{"where": {"isbn": "4"}, "create": {}, "update": {"shelf": "C"}, "select": ["shelf"]}', '{"shelf":"C"}')
  Show.act("Book", "delete", '{"where": {"isbn": "4"}, "select": ["title"]}', '{"title":"Walden"}')
  Show.act("Book", "delete", '{"where": {"isbn": "4"}}', "not found")
  Show.refuse("Book", "deleteMany", "{}", "deleteMany: found no condition")
  Show.act("Book", "deleteMany", '{"where": {"shelf": {"in": ["A", "B"]}}}', '{"count":3}')
end

Show.open
fill
ask
change
Thing.close

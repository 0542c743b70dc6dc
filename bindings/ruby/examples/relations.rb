# frozen_string_literal: true

# Authors, their books and the books' tags: saved together, asked for together, linked and taken apart again.
#
# usage: relations.rb [URL]

require_relative "show"

class Author < Thing::Model
  table :example_authors
  attribute :name
  has_many :books, class_name: "Volume"
end

class Volume < Thing::Model
  table :example_volumes
  attribute :title
  belongs_to :author, fields: [:authorId], optional: true, on_delete: :cascade
  has_and_belongs_to_many :tags, table: "example_tagged"
  hidden :id, :authorId
end

class Tag < Thing::Model
  table :example_tags
  attribute :word, primary: true
end

# An author with a book that has a tag: one call, one transaction, parents first.
def save_together
  ann = Author.new(name: "Ann")
  ann.books.build(title: "Alpha").tags.build(word: "new")
  ann.save!
  Show.act("Author", "findMany", '{"select": {"name": true, "books": {"include": {"tags": true}}}}',
           '[{"name":"Ann","books":[{"title":"Alpha","tags":[{"word":"new"}]}]}]')
end

def add_more
  Show.act("Author", "create", '{"data": {"name": "Bob"}, "select": ["name"]}', '{"name":"Bob"}')
  Show.act("Volume", "createMany",
           '{"data": [{"title": "Beta", "authorId": 1}, {"title": "Gamma", "authorId": 1}, {"title": "Delta", "authorId": 2}]}',
           '{"count":3}')
  Show.act("Tag", "createMany", '{"data": [{"word": "old"}, {"word": "rare"}]}', '{"count":2}')
end

# However many authors there are, their books take one statement.
def ask
  before = statements
  found = Author.order(:name).includes(books: {order: {title: :desc}, limit: 2}).to_json
  sent = statements - before
  puts "authors and two books of each, in #{sent} statements"
  abort "more than a statement a table" if sent > 2
  Show.expect(found, '[{"id":1,"name":"Ann","books":[{"title":"Gamma"},{"title":"Beta"}]},' \
                     '{"id":2,"name":"Bob","books":[{"title":"Delta"}]}]')
  Show.act("Author", "findMany",
           '{"where": {"books": {"none": {"title": {"startsWith": "A"}}}}, "select": ["name"]}', '[{"name":"Bob"}]')
end

# Statements that the database was sent.
def statements = Thing.database.stats["sql"]

# The book's tags are these and no others.
def link_tags
  added, removed = Volume.find(1).tags.replace(%w[old rare])
  puts "tags of the first book: #{added} added, #{removed} removed"
  Show.act("Volume", "findUnique", '{"where": {"id": 1}, "include": {"tags": {"orderBy": {"word": "asc"}}}}',
           '{"title":"Alpha","tags":[{"word":"old"},{"word":"rare"}]}')
end

# Books go with their author; tags stay.
def take_apart
  Show.act("Author", "deleteMany", '{"all": true}', '{"count":2}')
  Show.act("Volume", "count", "{}", "0")
  Show.act("Tag", "deleteMany", '{"all": true}', '{"count":3}')
end

Show.open
save_together
add_more
ask
link_tags
take_apart
Thing.close

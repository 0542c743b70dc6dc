# frozen_string_literal: true

# Articles with hooks: one makes the slug, one refuses, one keeps a journal that goes with the write or is taken back with
# it, and one tells of what was committed.
#
# usage: hooks.rb [URL]

require_relative "show"

class Article < Thing::Model
  table :example_articles
  attribute :title
  attribute :slug, unique: true
  before_save :make_slug, :refuse_drafts
  # What a hook writes is part of the same transaction.
  after_save { |article| Entry.create!(line: "saved #{article.id}") }
  after_delete { |article| Entry.create!(line: "deleted #{article.id}") }
  # Nothing can be taken back any more: here mail would be sent.
  after_commit { Article.committed += 1 }

  @committed = 0
  class << self
    attr_accessor :committed
  end

  private

  # "Of Mice and Men" becomes "of-mice-and-men".
  def make_slug
    self.slug = title.downcase.gsub(/[^[:alnum:]]/, "-")
  end

  def refuse_drafts
    raise Thing::CallbackRefused, "drafts are not kept" if title.start_with?("Draft")
  end
end

class Entry < Thing::Model
  table :example_journal
  attribute :line
  hidden :id
end

def journal_is(expected) = Show.act("Entry", "findMany", "{}", expected)

Show.open
Show.act("Article", "create", '{"data": {"title": "Of Mice and Men"}}',
         '{"id":1,"title":"Of Mice and Men","slug":"of-mice-and-men"}')
Show.refuse("Article", "create", '{"data": {"title": "Draft 7"}}', "drafts are not kept")
journal_is '[{"line":"saved 1"}]'

# All of it, or nothing: the journal goes back too.
Thing.transaction do
  Show.act("Article", "delete", '{"where": {"id": 1}, "select": ["title"]}', '{"title":"Of Mice and Men"}')
  raise Thing::Rollback
end
journal_is '[{"line":"saved 1"}]'

Show.act("Article", "delete", '{"where": {"id": 1}, "select": ["slug"]}', '{"slug":"of-mice-and-men"}')
journal_is '[{"line":"saved 1"},{"line":"deleted 1"}]'
puts "told of #{Article.committed} commits"
Show.act("Entry", "deleteMany", '{"all": true}', '{"count":2}')
Thing.close
abort "expected 2 commits" unless Article.committed == 2

# frozen_string_literal: true

require "thing"

# What the examples have in common: they print what they do, and end with 1 when something fails or is not as expected.
# They print what those in examples/c print.
module Show
  module_function

  # Opens the database of the first argument, or one in memory, and makes the tables.
  def open
    Thing.connect(ARGV[0] || "sqlite::memory:").tap(&:sync)
  end

  # Prints what was found.
  def expect(found, expected)
    puts "  #{found}"
    abort "expected #{expected}" unless found == expected
  end

  # Runs an action, whose answer has to be as expected.
  def act(model, action, document, expected)
    puts "#{model} #{action} #{document}"
    expect(JSON.generate(Thing.call(model, action, JSON.parse(document))), expected)
  rescue Thing::RecordNotFound
    expect("not found", expected)
  end

  # Runs an action that fails with a message that begins so.
  def refuse(model, action, document, expected)
    puts "#{model} #{action} #{document}"
    Thing.call(model, action, JSON.parse(document))
    abort "expected #{expected}"
  rescue Thing::Error => e
    puts "  #{e.message}"
    abort "expected #{expected}" unless e.message.start_with?(expected)
  end
end

# frozen_string_literal: true

require_relative "helper"
require_relative "models"

class ProcessTest < ThingTest
  def in_child
    reader, writer = IO.pipe
    pid = fork do
      reader.close
      writer.write(Marshal.dump(yield))
    rescue Exception => e # rubocop:disable Lint/RescueException
      writer.write(Marshal.dump("#{e.class}: #{e.message}"))
    ensure
      writer.close
      exit!(0)
    end
    writer.close
    Marshal.load(reader.read)
  ensure
    reader.close
    Process.wait(pid)
  end

  def test_a_child_opens_the_database_again_by_itself
    Author.create!(name: "Ann")
    Author.find(1)
    assert_equal ["Ann", 2], in_child { [Author.find(1).name, Author.create!(name: "Bob").id] }
    assert_equal %w[Ann Bob], Author.order(:name).pluck(:name)
  end

  def test_a_child_of_a_child_does_too
    Author.create!(name: "Ann")
    assert_equal 1, in_child { Author.count; in_child { Author.count } }
  end

  def test_records_of_the_parent_are_read_and_not_saved
    ann = Author.create!(name: "Ann")
    name, failure = in_child { [ann.name, (ann.update!(name: "Eve") rescue $!.class.name)] }
    assert_equal "Ann", name
    assert_includes %w[Thing::Closed Thing::InvalidArgument], failure
    assert_equal "Ann", Author.find(1).name
  end

  def test_the_transaction_of_the_parent_is_not_the_childs
    Author.create!(name: "Ann")
    Thing.transaction(deferred: true) { assert_equal 1, in_child { Author.count } }
  end
end

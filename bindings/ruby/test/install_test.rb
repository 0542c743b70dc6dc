# frozen_string_literal: true

require "minitest"
require "open3"
require "rbconfig"
require "tmpdir"
require "fileutils"

# What meson install puts in place, below a folder that stands for the root. THING_BUILD is the folder of the build.
folder = Dir.mktmpdir
at_exit { FileUtils.rm_rf(folder) }

done, status = Open3.capture2e("meson", "install", "-C", ENV.fetch("THING_BUILD"), "--no-rebuild", "--quiet", "--tags", "runtime,ruby",
                               "--destdir", folder)
puts done.gsub(/^/, "# ")
found = %w[libthing.so.0 thing_raw.so thing.rb thing/model.rb].map { |name| Dir["#{folder}/**/#{name}"].first }
puts "#{status.success? && found.all? ? "ok" : "not ok"} 1 - the library, the extension and the classes are installed"

library, raw, thing, = found
program = 'require "thing"; class Cat < Thing::Model; attribute :name; end; Thing.connect("sqlite::memory:"); Thing.sync
           Cat.create!(name: "Tom"); puts Cat.first.name, $LOADED_FEATURES.grep(/thing/)'
printed, status = Open3.capture2e({"LD_LIBRARY_PATH" => File.dirname(library.to_s), "RUBYLIB" => nil}, RbConfig.ruby, "-w", "-I",
                                  File.dirname(raw.to_s), "-I", File.dirname(thing.to_s), "-e", program)
name, *loaded = printed.lines(chomp: true)
used = status.success? && name == "Tom" && loaded.all? { |path| path.start_with?(folder) } && loaded.size > 5
puts printed.gsub(/^/, "# ") unless used
puts "#{used ? "ok" : "not ok"} 2 - a program uses them"
puts "1..2"
exit(used && found.all?)

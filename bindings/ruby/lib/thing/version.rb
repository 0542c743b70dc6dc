# frozen_string_literal: true

module Thing
  # The version of the package, which is that of the library that it was made for. Thing.version is that of the library that
  # is loaded.
  VERSION = "0.1.0"
end

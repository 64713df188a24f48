"""The version of this source, apart because every command reads it first."""

VERSION = "0.1.0"

"""The git program: how it is called, and what commits, trees and branches hold."""

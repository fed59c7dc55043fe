namespace Ledger.Silo.Transparency;

/// <summary>The log found something that forbids signing: a tree, key or store that is not the one it signed before. Only an operator can mend it.</summary>
internal sealed class LogStoppedException(string message) : Exception(message);

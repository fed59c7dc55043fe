using System.Globalization;
using Ledger.EventStore.Faults;

// The process that the tests of the embedded store make fail, or kill.
switch (args)
{
    case ["faults", var directory, var error, var times, var torn, var rounds]:
        var kind = new FaultKind(Number(error), Number(times), Number(torn) != 0);
        Console.WriteLine(await new FaultRounds(directory, kind).RunAsync(Number(rounds)));
        return 0;
    case ["append", var directory]:
        await EndlessAppends.RunAsync(directory);
        return 0;
    default:
        await Console.Error.WriteLineAsync("usage: faults DIR ERRNO TIMES TORN ROUNDS | append DIR");
        return 2;
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

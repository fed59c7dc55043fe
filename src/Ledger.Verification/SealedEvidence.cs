namespace Ledger.Verification;

/// <summary>What an evidence file shows of the sealed fields of its events, and what it withholds.</summary>
/// <remarks>Of the names, and of the stretches of each, no more than <see cref="MaxKept"/> are kept, however long the file; the counts count all.</remarks>
public sealed class SealedEvidence
{
    /// <summary>Most names of fields, and most stretches of revisions for each, that are kept.</summary>
    public const int MaxKept = 100;

    private readonly List<WithheldField> _withheld = [];

    internal SealedEvidence()
    {
    }

    /// <summary>Number of fields that are shown, over all events.</summary>
    public long FieldsShown { get; private set; }

    /// <summary>Number of events of which at least one field is withheld.</summary>
    public long EventsWithheld { get; private set; }

    /// <summary>The fields that are withheld somewhere, in the order in which they were met.</summary>
    public IReadOnlyList<WithheldField> Withheld => _withheld;

    internal void Add(long revision, DisclosedFields fields)
    {
        FieldsShown += fields.Shown.Count;
        EventsWithheld += fields.Withheld.Count > 0 ? 1 : 0;
        foreach (string name in fields.Withheld)
        {
            WithheldField? field = _withheld.Find(each => string.Equals(each.Name, name, StringComparison.Ordinal));
            if (field is null && _withheld.Count < MaxKept)
            {
                _withheld.Add(field = new WithheldField(name));
            }

            field?.Add(revision);
        }
    }
}

/// <summary>A field that is withheld from events.</summary>
public sealed class WithheldField
{
    private readonly List<(long First, long Last)> _revisions = [];

    internal WithheldField(string name) => Name = name;

    /// <summary>Name of the field.</summary>
    public string Name { get; }

    /// <summary>From how many events it is withheld.</summary>
    public long Events { get; private set; }

    /// <summary>Which ones: stretches of revisions, first and last included, rising; the first <see cref="SealedEvidence.MaxKept"/>.</summary>
    public IReadOnlyList<(long First, long Last)> Revisions => _revisions;

    internal void Add(long revision)
    {
        Events++;
        if (_revisions.Count > 0 && _revisions[^1].Last == revision - 1)
        {
            _revisions[^1] = (_revisions[^1].First, revision);
        }
        else if (_revisions.Count < SealedEvidence.MaxKept)
        {
            _revisions.Add((revision, revision));
        }
    }
}

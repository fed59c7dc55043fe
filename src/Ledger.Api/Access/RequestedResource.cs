using Google.Protobuf;
using Google.Protobuf.Reflection;
using Ledger.Api.Decisions;

namespace Ledger.Api.Access;

/// <summary>What a request is about: an organisation, and perhaps one worker's record.</summary>
/// <param name="Organisation">Organisation id; empty if the request names none.</param>
/// <param name="Worker">Pseudonym.</param>
/// <param name="DecisionId">The one decision, if it is one.</param>
internal readonly record struct RequestedResource(string Organisation, string? Worker, Guid? DecisionId)
{
    /// <summary>The bargaining unit whose counts are asked for, if they are.</summary>
    public string? Unit { get; init; }

    /// <summary>Reads the name that a request is about: its <c>name</c>, or else its <c>parent</c> (AIP-122).</summary>
    /// <returns>Nothing if that name is not one; the service then says so.</returns>
    public static RequestedResource? Of(IMessage request) =>
        Text(request, "name") is { Length: > 0 } name ? Parse(name)
        : Text(request, "parent") is { } parent ? Parse(parent) is { } parsed ? parsed with { Unit = Text(request, "unit") } : null
        : default(RequestedResource) with { Organisation = "" };

    private static RequestedResource? Parse(string name) =>
        ResourceNames.TryParseOrganisation(name, out string organisation) ? new RequestedResource(organisation, null, null)
        : ResourceNames.TryParseWorker(name, out organisation, out string worker) ? new RequestedResource(organisation, worker, null)
        : ResourceNames.TryParseDecision(name, out organisation, out worker, out Guid decision) ? new RequestedResource(organisation, worker, decision)
        : ResourceNames.TryParseMandate(name, out organisation, out worker, out _) ? new RequestedResource(organisation, worker, null)
        : null;

    /// <summary>What for, if it says so: spaces alone say nothing.</summary>
    public static string? Purpose(IMessage request) => Text(request, "purpose") is { } purpose && !string.IsNullOrWhiteSpace(purpose) ? purpose : null;

    private static string? Text(IMessage request, string field) =>
        request.Descriptor.FindFieldByName(field) is { FieldType: FieldType.String, IsRepeated: false } found ? (string)found.Accessor.GetValue(request) : null;
}

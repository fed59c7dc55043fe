using System.Globalization;
using Grpc.Core;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>The node asked is not the leader.</summary>
internal sealed class NotLeaderException(Endpoint? leader, Exception inner)
    : EventStoreUnavailableException($"The node is not the leader, which is {leader?.ToString() ?? "unknown"}.", TimeSpan.Zero, inner)
{
    /// <summary>Where the leader is, if the node said so.</summary>
    public Endpoint? Leader { get; } = leader;
}

/// <summary>Turns what a gRPC call may throw into the faults that <see cref="IEventStore"/> promises.</summary>
internal static class Failures
{
    // Trailers of the public protocol.
    private const string ExceptionKey = "exception";
    private const string NotLeader = "not-leader";
    private const string LeaderHost = "leader-endpoint-host";
    private const string LeaderPort = "leader-endpoint-port";

    /// <summary>
    /// The fault to throw instead of <paramref name="exception"/>. The caller's own cancellation is to be told apart
    /// before: here a cancelled call is one that the server or a lost connection cancelled.
    /// </summary>
    public static Exception Map(Exception exception, TimeSpan retryAfter) => exception switch
    {
        EventStoreUnavailableException => exception,
        RpcException rpc => Map(rpc, retryAfter),
        _ => Unavailable("The event store cannot be reached", exception.Message, retryAfter, exception),
    };

    /// <summary>
    /// True if the connection is to be given up: it is lost, or its node is not the one to ask. A node that is too busy, or
    /// that drops a slow subscription, is still the right one, and the other calls on its connection are well.
    /// </summary>
    public static bool IsOfTheConnection(Exception exception) => exception switch
    {
        NotLeaderException => true,
        // Set where the client saw the connection fail, not where the server answered with a status.
        RpcException { Status.DebugException: not null } => true,
        RpcException rpc => IsNotReady(rpc.Status.Detail) || IsNotLeader(rpc),
        _ => false,
    };

    /// <summary>The node takes part in no cluster with a leader at the moment; another node may.</summary>
    public static bool IsNotReady(string message) => message.Contains("Server Is Not Ready", StringComparison.Ordinal);

    private static Exception Map(RpcException rpc, TimeSpan retryAfter) => rpc.StatusCode switch
    {
        _ when IsNotLeader(rpc) => new NotLeaderException(LeaderOf(rpc.Trailers), rpc),
        StatusCode.PermissionDenied => AccessDenied(rpc),
        StatusCode.Unauthenticated => new UnauthorizedAccessException(
            "The event store does not accept the user and password of the connection string.", rpc),
        StatusCode.Unimplemented => new NotSupportedException(
            "The event store does not offer BatchAppend and Read of event_store.client.streams; "
            + "EventStoreDB 22.10 or newer, or KurrentDB, is needed.", rpc),
        StatusCode.FailedPrecondition => new InvalidOperationException($"The event store refused: {rpc.Status.Detail}", rpc),
        StatusCode.InvalidArgument => new ArgumentException($"The event store refused: {rpc.Status.Detail}", rpc),
        _ => Unavailable("The event store did not answer", $"{rpc.StatusCode}, {rpc.Status.Detail}", retryAfter, rpc),
    };

    public static UnauthorizedAccessException AccessDenied(Exception? inner = null) => new(
        "The event store denies this user access to the stream; see the stream's access control list.", inner);

    private static EventStoreUnavailableException Unavailable(string what, string why, TimeSpan retryAfter, Exception inner) =>
        new($"{what}: {why}", retryAfter, inner);

    private static bool IsNotLeader(RpcException rpc) =>
        string.Equals(rpc.Trailers.GetValue(ExceptionKey), NotLeader, StringComparison.Ordinal)
        || rpc.Status.Detail.Contains("No leader info", StringComparison.Ordinal);

    private static Endpoint? LeaderOf(Metadata trailers) =>
        trailers.GetValue(LeaderHost) is { Length: > 0 } host
        && int.TryParse(trailers.GetValue(LeaderPort), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            ? new Endpoint(host, port)
            : null;
}

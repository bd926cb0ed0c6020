// Where each person looks: a faint strip that turns towards the eye of the viewer.
in vec4 p3d_Vertex;
uniform mat4 p3d_ModelViewProjectionMatrix, p3d_ViewMatrixInverse;
uniform samplerBuffer people;
out vec2 at; // 0 to 1 along, -1 to 1 across
flat out vec3 tone;
out float near; // 0 close to the viewer, whom a strip in the face would only disturb
const float FROM_M = 0.25, TO_M = 2.6, WIDTH_M = 0.014;

void main() {
    int row = gl_InstanceID * 13 + 3;
    vec4 x = texelFetch(people, row), y = texelFetch(people, row + 1), z = texelFetch(people, row + 2);
    vec3 head = vec3(x.w, y.w, z.w), forward = vec3(x.y, y.y, z.y);
    at = vec2(p3d_Vertex.x * 0.5 + 0.5, p3d_Vertex.y);
    vec3 p = head + forward * mix(FROM_M, TO_M, at.x);
    vec3 across = normalize(cross(forward, p3d_ViewMatrixInverse[3].xyz - p) + vec3(1e-5));
    near = smoothstep(0.8, 2.5, length(p3d_ViewMatrixInverse[3].xyz - p));
    tone = texelFetch(people, gl_InstanceID * 13 + 12).rgb;
    gl_Position = p3d_ModelViewProjectionMatrix * vec4(p + across * at.y * WIDTH_M * (1.0 + 2.0 * at.x), 1.0);
}
